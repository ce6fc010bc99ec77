import { sameBytes, utf8 } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { emptyFrontier, frontierOf, frontierRoot, grow, type Frontier } from '@argus/ledger/frontier.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { planRoot, type Subtree } from '@argus/ledger/plan.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import { Leaf, leafText } from '@argus/protocol/leaf.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import { auditRow, leafOf, type Attempt } from '../audit/attempt.ts';
import type { Deed, LogBatch, LogRow, LogStore, NodeRow } from '../ports.ts';
import type { Checkpoints } from './checkpoints.ts';

/** Proof that something is in the log, for whoever asked to have it written. */
export type Receipt = {
  readonly tree: TreeName;
  readonly seq: number;
  readonly leaf: string;
  readonly leafHash: Uint8Array;
  readonly size: number; // of the tree whose checkpoint this is
  readonly checkpoint: string;
};

export type LaneDeps = {
  readonly store: LogStore;
  readonly checkpoints: Checkpoints;
  readonly instance: InstanceId;
  readonly clock: Clock;
  readonly newId: () => string;
};
/** Told of every entry that was answered with `audit_unavailable`: it may be in the log, or not. `id` is its row's. */
export type GaveUp = (entry: { readonly id: string; readonly attempt: Attempt; readonly deeds: readonly Deed[] }) => void;

type Head = { readonly frontier: Frontier; readonly note: string };
type Waiting = {
  readonly id: string;
  readonly attempt: Attempt;
  readonly deeds: readonly Deed[];
  readonly answer: (result: Result<Receipt, Denial>) => void;
};

const BATCH_MAX = 256;
/**
 * Enough for the right edge of any tree and for the proofs of some thousand recent entries. What is asked for again
 * stays longest: a tall subtree is old, and stands in every proof.
 */
const NODES_KEPT = 4_096;
/** How often another process may take the place first before we call the database unwell. */
const TRIES_MAX = 100;

/**
 * Appends to one tree. There are no timers: what queues up while one commit runs goes into the next. Entries are
 * acknowledged only when they are durable, and a refused one takes nothing of its batch with it.
 */
export function createLane(tree: TreeName, deps: LaneDeps & { readonly gaveUp: GaveUp }) {
  let head: Head | null = null; // null: not known, read it again
  let isInDoubt = false; //        a commit was not answered, and may still be under way
  let reached = 0; //             how far we have ever seen the log: it never gets shorter
  let queue: Waiting[] = [];
  let running = false;
  const kept = new Map<string, Uint8Array>();

  const keep = (nodes: readonly NodeRow[]) => {
    for (const { level, index, hash } of nodes) {
      kept.delete(place(level, index)); // a Map gives its members in the order they came
      kept.set(place(level, index), hash);
    }
    for (const oldest of kept.keys()) {
      if (kept.size <= NODES_KEPT) break;
      kept.delete(oldest);
    }
  };

  /** The hashes at these places, from memory where they are recent. */
  async function look(places: readonly Subtree[]): Promise<{ readonly nodes: readonly NodeRow[]; readonly at: (place: Subtree) => Uint8Array }> {
    const found = new Map<string, NodeRow>();
    const note = (at: Subtree, hash: Uint8Array | undefined) => {
      if (hash && hash.length > 0) found.set(place(at.level, at.index), { ...at, hash });
    };
    for (const at of places) note(at, kept.get(place(at.level, at.index)));
    const missing = places.filter((at) => !found.has(place(at.level, at.index)));
    const hashes = missing.length > 0 ? await deps.store.nodes(tree, missing) : [];
    missing.forEach((at, i) => note(at, hashes[i]));
    return {
      nodes: [...found.values()],
      at({ level, index }) {
        const node = found.get(place(level, index));
        if (!node) throw new Error(`the log of ${tree} lacks node ${level}/${index}`);
        return node.hash;
      },
    };
  }

  async function read(places: readonly Subtree[]): Promise<(at: Subtree) => Uint8Array> {
    const seen = await look(places);
    keep(seen.nodes);
    return seen.at;
  }

  /** Never builds on a head whose own checkpoint does not vouch for it. */
  async function loadHead(): Promise<Head> {
    const least = reached;
    const stored = await deps.store.head(tree);
    if ((stored?.size ?? 0) < least) throw new Error(`the log of ${tree} had ${least} entries and now has ${stored?.size ?? 0}; nothing is appended until it is repaired`);
    if (!stored) return { frontier: emptyFrontier, note: '' };
    const places = planRoot(stored.size);
    const seen = await look(places);
    const frontier = frontierOf(stored.size, seen.at);
    const checkpoint = deps.checkpoints.open(tree, stored.note);
    if (!checkpoint || checkpoint.size !== stored.size || !sameBytes(checkpoint.root, frontierRoot(sha256, frontier)))
      throw new Error(`the log of ${tree} does not match its last checkpoint; nothing is appended until it is repaired`);
    keep(seen.nodes);
    reached = Math.max(reached, stored.size);
    return { frontier, note: stored.note };
  }

  async function commit(batch: readonly Waiting[]): Promise<Denial | null> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if (isInDoubt && !(await deps.store.settle())) return deny('audit_unavailable', `an earlier entry of ${tree} may still be written`);
      isInDoubt = false;
      head ??= await loadHead();
      const planned = planBatch(tree, head.frontier, batch, deps);
      if (!planned.ok) return planned.error;
      const plan = planned.value;
      const outcome = await deps.store.commit(plan.batch);
      if (outcome.done) {
        const { note } = plan.batch.checkpoint;
        head = { frontier: plan.frontier, note };
        keep(plan.completed);
        const size = plan.frontier.size;
        reached = size;
        plan.batch.rows.forEach((row, i) =>
          batch[i]?.answer(ok({ tree, seq: row.seq, leaf: row.bytes, leafHash: row.leafHash, size, checkpoint: note })),
        );
        return null;
      }
      if (outcome.why === 'denied') return outcome.denial;
      head = null; // somebody else appended: look again
    }
    return deny('audit_unavailable', `lost the race for the log of ${tree} ${TRIES_MAX} times`);
  }

  async function commitOrRefuse(batch: readonly Waiting[]): Promise<void> {
    try {
      const denial = await commit(batch);
      if (!denial) return;
      if (denial.code === 'audit_unavailable') return giveUp(batch, denial);
      if (batch.length === 1) return batch[0]?.answer(err(denial));
      for (const one of batch) await commitOrRefuse([one]);
    } catch (problem) {
      head = null; // whether it was committed is not known
      isInDoubt = true;
      // Who stands behind it would only wait for the same: the database does not answer, or the log is damaged.
      const behind = queue;
      queue = [];
      giveUp([...batch, ...behind], deny('audit_unavailable', String(problem)));
    }
  }

  function giveUp(batch: readonly Waiting[], denial: Denial): void {
    for (const entry of batch) {
      entry.answer(err(denial));
      deps.gaveUp(entry);
    }
  }

  async function run(): Promise<void> {
    running = true;
    while (queue.length > 0) {
      const batch = queue.slice(0, BATCH_MAX);
      queue = queue.slice(BATCH_MAX);
      await commitOrRefuse(batch);
    }
    running = false;
  }

  return {
    append: (attempt: Attempt, deeds: readonly Deed[]) =>
      new Promise<Result<Receipt, Denial>>((answer) => {
        queue.push({ id: deps.newId(), attempt, deeds, answer });
        if (!running) void run();
      }),
    read,
    /** Another process may have appended: what we remember is used only when it reaches far enough for whoever asks. */
    async head(enough = Number.POSITIVE_INFINITY): Promise<{ readonly size: number; readonly note: string }> {
      const known = head && head.frontier.size >= enough ? head : await loadHead();
      return { size: known.frontier.size, note: known.note };
    },
  };
}
export type Lane = ReturnType<typeof createLane>;

const place = (level: number, index: number) => `${level}.${index}`;

type Plan = { readonly frontier: Frontier; readonly completed: readonly NodeRow[]; readonly batch: LogBatch };

/** Pure but for the time. Refused when one of the entries has no text that a reader would take. */
function planBatch(tree: TreeName, from: Frontier, batch: readonly Waiting[], deps: LaneDeps): Result<Plan, Denial> {
  let frontier = from;
  const rows: LogRow[] = [];
  const completed: NodeRow[] = [];
  const deeds: { deed: Deed; seq: number }[] = [];
  for (const { id, attempt, deeds: own } of batch) {
    const seq = frontier.size;
    const text = textOf(attempt, { instance: deps.instance, seq });
    if (!text.ok) return text;
    const bytes = text.value;
    const hash = leafHash(sha256, utf8(bytes));
    const growth = grow(sha256, frontier, hash);
    frontier = growth.frontier;
    completed.push(...growth.completed);
    rows.push({ audit: auditRow(id, attempt), seq, bytes, leafHash: hash, salt: attempt.salt ?? null });
    for (const deed of own) deeds.push({ deed, seq });
  }
  const note = deps.checkpoints.sign(tree, { size: frontier.size, root: frontierRoot(sha256, frontier) });
  const nodes = completed.filter((n) => n.level > 0);
  return ok({ frontier, completed, batch: { tree, rows, nodes, checkpoint: { size: frontier.size, note, at: deps.clock.now() }, deeds } });
}

/** What is in the log is there for good: a text that agents and auditors cannot read must not get in. */
function textOf(attempt: Attempt, place: { readonly instance: InstanceId; readonly seq: number }): Result<string, Denial> {
  try {
    return ok(leafText(Leaf.parse(leafOf(attempt, place))));
  } catch (problem) {
    return err(deny('internal', `${attempt.type} does not fit in a leaf: ${String(problem)}`));
  }
}

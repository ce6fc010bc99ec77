import { sameBytes } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { emptyFrontier, frontierOf, frontierRoot, type Frontier } from '@argus/ledger/frontier.ts';
import { planRoot, type Subtree } from '@argus/ledger/plan.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { Deed, LogStore, NodeRow } from '../ports.ts';
import type { Checkpoints } from './checkpoints.ts';
import { draftOn, type Draft, type Entry } from './draft.ts';
import { createLeafWriter } from './leaf-writer.ts';

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
export type GaveUp = (entry: Entry) => void;

type Head = { readonly frontier: Frontier; readonly note: string };
type Waiting = Entry & { readonly answer: (result: Result<Receipt, Denial>) => void };

/** A flush takes milliseconds however much it flushes: a thousand entries share it. Some twenty milliseconds of the database's work. */
export const BATCH_MAX = 1_024;
/** Of what is prepared at a time, a millisecond or two: others have to be heard in between. */
const PIECE = 64;
/**
 * Enough for the right edge of any tree and for the proofs of some thousand recent entries. What is asked for again
 * stays longest: a tall subtree is old, and stands in every proof.
 */
const NODES_KEPT = 4_096;
/** How often another process may take the place first before we call the database unwell. */
const TRIES_MAX = 100;

/**
 * Appends to one tree. There are no timers: what queues up while one commit runs goes into the next, and is prepared
 * meanwhile. Entries are acknowledged only when they are durable, and a refused one takes nothing of its batch with it.
 */
export function createLane(tree: TreeName, deps: LaneDeps & { readonly gaveUp: GaveUp }) {
  let head: Head | null = null; // null: not known, read it again
  let seen: Head | null = null; // the newest we have seen, for proofs; appends go by `head` alone
  let isInDoubt = false; //        a commit was not answered, and may still be under way
  let reached = 0; //             how far we have ever seen the log: it never gets shorter
  let queue: Waiting[] = [];
  let running = false;
  let tip: Frontier | null = null; //        where the tree will end once the commit under way is there
  let draft: Draft<Waiting> | null = null; // of the first in the queue, on some tip
  let isPreparing = false;
  const drafting = { ...deps, write: createLeafWriter() };
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
    const found = await look(places);
    keep(found.nodes);
    return found.at;
  }

  /** Never builds on a head whose own checkpoint does not vouch for it. */
  async function loadHead(): Promise<Head> {
    const least = reached;
    const stored = await deps.store.head(tree);
    if ((stored?.size ?? 0) < least) throw new Error(`the log of ${tree} had ${least} entries and now has ${stored?.size ?? 0}; nothing is appended until it is repaired`);
    if (!stored) return { frontier: emptyFrontier, note: '' };
    const places = planRoot(stored.size);
    const found = await look(places);
    const frontier = frontierOf(stored.size, found.at);
    const checkpoint = deps.checkpoints.open(tree, stored.note);
    if (!checkpoint || checkpoint.size !== stored.size || !sameBytes(checkpoint.root, frontierRoot(sha256, frontier)))
      throw new Error(`the log of ${tree} does not match its last checkpoint; nothing is appended until it is repaired`);
    keep(found.nodes);
    reached = Math.max(reached, stored.size);
    const loaded = { frontier, note: stored.note };
    if (seen === null || seen.frontier.size < stored.size) seen = loaded;
    return loaded;
  }

  /** A guess, since the commit under way may be refused: a draft on another end than the tree then has is thrown away. */
  function prepareSoon(): void {
    if (isPreparing || tip === null || queue.length === 0) return;
    isPreparing = true;
    setImmediate(() => {
      isPreparing = false;
      try {
        if (tip !== null) prepare(tip);
      } catch {
        draft = null; // a bug of ours: it comes again when its turn comes, and there somebody is answered
      }
    });
  }
  function prepare(from: Frontier): void {
    if (draft?.from !== from) draft = draftOn(tree, from, drafting);
    const done = draft.entries.length;
    const piece = queue.slice(done, Math.min(done + PIECE, BATCH_MAX));
    for (const entry of piece) if (draft.take(entry)) return; // what is wrong with it is said when its turn comes
    if (piece.length === PIECE) prepareSoon();
  }
  const draftOf = (batch: readonly Waiting[], from: Frontier): Draft<Waiting> =>
    draft?.from === from && draft.entries.every((entry, i) => entry === batch[i]) ? draft : draftOn(tree, from, drafting);

  async function commit(batch: readonly Waiting[]): Promise<Denial | null> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if (isInDoubt && !(await deps.store.settle())) return deny('audit_unavailable', `an earlier entry of ${tree} may still be written`);
      isInDoubt = false;
      head ??= await loadHead();
      const drafted = draftOf(batch, head.frontier);
      draft = null;
      for (const entry of batch.slice(drafted.entries.length)) {
        const denial = drafted.take(entry);
        if (denial) return denial;
      }
      const plan = drafted.plan();
      const committing = deps.store.commit(plan.batch);
      tip = plan.frontier;
      prepareSoon();
      const outcome = await committing.finally(() => (tip = null));
      if (outcome.done) {
        const { note } = plan.batch.checkpoint;
        head = seen = { frontier: plan.frontier, note };
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

  /** Of a batch that is refused, each half is tried for itself, down to the one entry at fault. */
  async function commitOrRefuse(batch: readonly Waiting[]): Promise<void> {
    try {
      const denial = await commit(batch);
      if (!denial) return;
      if (denial.code === 'audit_unavailable') return giveUp(batch, denial);
      if (batch.length === 1) return batch[0]?.answer(err(denial));
      const middle = Math.ceil(batch.length / 2);
      for (const half of [batch.slice(0, middle), batch.slice(middle)]) await commitOrRefuse(half);
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
        else prepareSoon();
      }),
    read,
    /** Another process may have appended: what we remember is used only when it reaches far enough for whoever asks. */
    async head(enough = Number.POSITIVE_INFINITY): Promise<{ readonly size: number; readonly note: string }> {
      const known = seen && seen.frontier.size >= enough ? seen : await loadHead();
      return { size: known.frontier.size, note: known.note };
    },
  };
}
export type Lane = ReturnType<typeof createLane>;

const place = (level: number, index: number) => `${level}.${index}`;

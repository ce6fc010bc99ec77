/**
 * Do the audit row, the event and the leaf of one attempt say the same, and do the leaves add up to what was signed?
 * Pure: rows in, findings out. Every field that two of them hold is compared.
 */
import { sameBytes, utf8 } from '@argus/kit/bytes.ts';
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { frontierOf, frontierRoot, grow, type Frontier } from '@argus/ledger/frontier.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { planRoot, type Subtree } from '@argus/ledger/plan.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import { parseLeaf, type Leaf } from '@argus/protocol/leaf.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { Checkpoints } from '../ledger/checkpoints.ts';
import type { Finding } from './findings.ts';
import type { CheckpointRow, EventRow, Recorded, StoredAudit } from './record.ts';

export type Place = { readonly instance: InstanceId; readonly tree: TreeName };

/** The columns of both tables as the leaf has them. `ip` and `gates_passed` stand in the audit row alone. */
const auditOf = (leaf: Leaf) =>
  ({
    at: leaf.at,
    operator: leaf.operator ?? null,
    tenant_id: leaf.tenant ?? null,
    agent_id: leaf.agent ?? null,
    session_id: leaf.session ?? null,
    request_id: leaf.request_id ?? null,
    action: leaf.type,
    phase: leaf.phase,
    outcome: leaf.phase === 'intent' ? null : (leaf.outcome ?? 'ok'),
    code: leaf.code ?? null,
    reason: leaf.reason ?? null,
    command: leaf.command ?? null,
  }) as const satisfies Partial<Record<keyof StoredAudit, string | null>>;

const eventOf = (leaf: Leaf, { tree, seq, bytes }: { tree: TreeName; seq: number; bytes: string }) =>
  ({
    at: leaf.at,
    source: 'remote_support',
    type: leaf.type,
    tenant_id: leaf.tenant ?? null,
    tree,
    leaf_index: seq,
    body: bytes,
  }) as const satisfies Partial<EventRow>;

const differing = <S extends object>(said: S, stored: { readonly [K in keyof NoInfer<S>]: unknown }): string[] =>
  (Object.keys(said) as (keyof S & string)[]).filter((field) => said[field] !== stored[field]); // Object.keys loses the names

const argsText = (args: unknown): string => {
  try {
    return canonicalJson((args ?? null) as never); // it checks
  } catch {
    return 'not plain JSON';
  }
};

/** One leaf and what stands beside it. */
export function compareRow({ seq, bytes, leafHash: stored, event, audit }: Recorded, { instance, tree }: Place): readonly Finding[] {
  const at = { tree, index: seq };
  const found: Finding[] = [];
  if (!sameBytes(leafHash(sha256, utf8(bytes)), stored)) found.push({ what: 'leaf_changed', ...at });
  const parsed = parseLeaf(bytes);
  const leaf = parsed.ok ? parsed.value : null;
  if (!leaf || leaf.seq !== seq || (leaf.tenant ?? 'operator') !== tree || leaf.instance !== instance) found.push({ what: 'leaf_misplaced', ...at });
  if (!event) return [...found, { what: 'event_missing', ...at }];
  const { id } = event;
  // A leaf nobody can read is compared by its text all the same.
  const fields = leaf ? differing(eventOf(leaf, { tree, seq, bytes }), event) : event.body === bytes ? [] : ['body'];
  if (fields.length > 0) found.push({ what: 'event_differs', ...at, id, fields });
  if (!audit) return [...found, { what: 'audit_row_missing', ...at, id }];
  if (!leaf) return found;
  const inAudit = differing(auditOf(leaf), audit);
  if (argsText(leaf.args_commit) !== argsText(audit.args)) inAudit.push('args');
  if (inAudit.length > 0) found.push({ what: 'audit_differs', ...at, id, fields: inAudit });
  return found;
}

/** The stored hashes which the leaves [from, to) complete. */
export function nodesCompletedBy({ from, to }: { readonly from: number; readonly to: number }): readonly Subtree[] {
  const places: Subtree[] = [];
  for (let seq = from; seq < to; seq++) {
    for (let [level, index] = [1, seq]; index % 2 === 1; level++) {
      index = (index - 1) / 2;
      places.push({ level, index });
    }
  }
  return places;
}

/** Null: unknown, since something below was missing or wrong. It is found again at a checkpoint that can be trusted. */
export type Edge = Frontier | null;
type ReadNode = (at: Subtree) => Uint8Array | null;
type Signed = Pick<Checkpoints, 'open'>;

/** The right edge at a checkpoint, out of stored hashes, if they add up to what was signed. */
export function edgeAt({ tree }: Place, { size, note }: CheckpointRow, { read, signed }: { read: ReadNode; signed: Signed }): { readonly edge: Edge; readonly found: readonly Finding[] } {
  const at = { tree, index: size };
  const checkpoint = signed.open(tree, note);
  if (checkpoint?.size !== size) return { edge: null, found: [{ what: 'checkpoint_forged', ...at }] };
  const missing = planRoot(size).filter((place) => read(place) === null);
  if (missing.length > 0) return { edge: null, found: [{ what: 'node_missing', ...at }] };
  const edge = frontierOf(size, (place) => read(place) ?? new Uint8Array()); // none is missing
  return sameBytes(frontierRoot(sha256, edge), checkpoint.root) ? { edge, found: [] } : { edge: null, found: [{ what: 'root_differs', ...at }] };
}

export type Page = {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly Recorded[];
  readonly checkpoints: readonly CheckpointRow[]; // with from < size ≤ to
  readonly read: ReadNode;
};

/** Leaves [from, to) of one tree: each beside its rows, and all of them against the hashes and checkpoints above. */
export function reconcilePage(place: Place, { from, to, rows, checkpoints, read }: Page, { edge: before, signed, now }: { edge: Edge; signed: Signed; now: number }) {
  const { tree } = place;
  const found: Finding[] = [];
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  const bySize = new Map(checkpoints.map((checkpoint) => [checkpoint.size, checkpoint]));
  let edge = before;
  for (let seq = from; seq < to; seq++) {
    const row = bySeq.get(seq);
    if (row) {
      found.push(...compareRow(row, place));
      if (edge) {
        const growth = grow(sha256, edge, leafHash(sha256, utf8(row.bytes)));
        for (const { level, index, hash } of growth.completed.slice(1)) {
          const stored = read({ level, index });
          if (!stored || !sameBytes(stored, hash)) found.push({ what: stored ? 'node_changed' : 'node_missing', tree, index: seq });
        }
        edge = growth.frontier;
      }
    } else {
      found.push({ what: 'leaf_missing', tree, index: seq });
      edge = null;
    }
    const checkpoint = bySize.get(seq + 1);
    if (!checkpoint) continue;
    const at = { tree, index: checkpoint.size };
    const opened = signed.open(tree, checkpoint.note);
    if (checkpoint.at > now + CLOCKS_APART_MS) found.push({ what: 'checkpoint_in_the_future', ...at });
    if (opened?.size !== checkpoint.size) found.push({ what: 'checkpoint_forged', ...at });
    else if (edge && !sameBytes(frontierRoot(sha256, edge), opened.root)) {
      found.push({ what: 'root_differs', ...at });
      edge = null; // said once: every later root differs too
    }
  }
  return { edge, found };
}

/** Clocks of two nodes may differ; one that is further off is nobody's clock. */
export const CLOCKS_APART_MS = 5 * 60_000;

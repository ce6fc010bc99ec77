/**
 * A batch in the making, entry by entry. An entry says its own place, so it can only be made behind all those before it:
 * on the end of the tree as it is, or as it will be once the batch that is being written is there.
 */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { frontierRoot, grow, type Frontier } from '@argus/ledger/frontier.ts';
import { leafHashOfText } from '@argus/ledger/hash.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import { auditRow, leafOf, type Attempt } from '../audit/attempt.ts';
import type { Deed, LogBatch, LogRow, NodeRow } from '../ports.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { LeafWriter } from './leaf-writer.ts';

export type Entry = { readonly id: string; readonly attempt: Attempt; readonly deeds: readonly Deed[] };
export type Drafting = { readonly instance: InstanceId; readonly checkpoints: Checkpoints; readonly clock: Clock; readonly write: LeafWriter };
export type Plan = { readonly frontier: Frontier; readonly completed: readonly NodeRow[]; readonly batch: LogBatch };

export type Draft<E extends Entry> = {
  readonly from: Frontier;
  readonly entries: readonly E[];
  /** Null: it is in. Refused, and without a place, when it has no text that a reader would take. */
  take(entry: E): Denial | null;
  plan(): Plan;
};

/** Pure but for the time in its plan. */
export function draftOn<E extends Entry>(tree: TreeName, from: Frontier, { instance, checkpoints, clock, write }: Drafting): Draft<E> {
  let frontier = from;
  const entries: E[] = [];
  const rows: LogRow[] = [];
  const completed: NodeRow[] = [];
  const deeds: { deed: Deed; seq: number }[] = [];
  return {
    from,
    entries,
    take(entry) {
      const { id, attempt, deeds: own } = entry;
      const seq = frontier.size;
      const text = textOf(attempt, () => write(leafOf(attempt, { instance, seq })));
      if (!text.ok) return text.error;
      const hash = leafHashOfText(sha256, text.value);
      const growth = grow(sha256, frontier, hash);
      frontier = growth.frontier;
      completed.push(...growth.completed);
      rows.push({ audit: auditRow(id, attempt), seq, bytes: text.value, leafHash: hash, salt: attempt.salt ?? null });
      for (const deed of own) deeds.push({ deed, seq });
      entries.push(entry);
      return null;
    },
    plan() {
      const note = checkpoints.sign(tree, { size: frontier.size, root: frontierRoot(sha256, frontier) });
      const nodes = completed.filter((n) => n.level > 0);
      return { frontier, completed, batch: { tree, rows, nodes, checkpoint: { size: frontier.size, note, at: clock.now() }, deeds } };
    },
  };
}

/** What is in the log is there for good: a text that agents and auditors cannot read must not get in. */
function textOf({ type }: Attempt, write: () => string): Result<string, Denial> {
  try {
    return ok(write());
  } catch (problem) {
    return err(deny('internal', `${type} does not fit in a leaf: ${String(problem)}`));
  }
}

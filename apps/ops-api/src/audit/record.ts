import type { TreeName } from '@argus/protocol/origin.ts';
import type { AuditRow } from './attempt.ts';

/** The record as it is stored, for somebody who trusts none of it. Times are exact: a microsecond more shows. */
export type EventRow = {
  readonly id: string;
  readonly at: string;
  readonly source: string;
  readonly type: string;
  readonly tenant_id: string | null;
  readonly tree: string;
  readonly leaf_index: number;
  readonly body: string;
};

/** What was read is not yet believed to be one of our words. */
export type StoredAudit = { readonly [K in keyof AuditRow]: AuditRow[K] extends string ? string : AuditRow[K] };
/** A leaf with whatever stands beside it. */
export type Recorded = {
  readonly seq: number;
  readonly bytes: string;
  readonly leafHash: Uint8Array;
  readonly event: EventRow | null;
  readonly audit: StoredAudit | null;
};
export type CheckpointRow = { readonly size: number; readonly at: number; readonly note: string };
export type Stretch = { readonly from: number; readonly to: number };

/** Reads the record in pages; each answer is one look, so that what is written meanwhile makes no difference. */
export interface RecordReader {
  trees(): Promise<readonly TreeName[]>;
  /** When the first checkpoint was written; null when there is none. */
  begunAt(): Promise<number | null>;
  /** How many leaves a tree has by its last one, and its last checkpoint. */
  tip(tree: TreeName): Promise<{ readonly leaves: number; readonly head: CheckpointRow | null }>;
  /** The size of the largest checkpoint written before this moment. */
  sizeBefore(tree: TreeName, at: number): Promise<number>;
  /** With `from` < size ≤ `to`, smallest first. */
  checkpoints(tree: TreeName, range: Stretch): Promise<readonly CheckpointRow[]>;
  /** Leaves with `from` ≤ index < `to`, in order. */
  leaves(tree: TreeName, range: Stretch): Promise<readonly Recorded[]>;
  counts(during: Stretch): Promise<{ readonly auditRows: number; readonly events: number }>;
  /** Rows of this time without their other half. */
  auditWithoutEvent(during: Stretch, limit: number): Promise<readonly string[]>;
  eventsWithoutLeaf(during: Stretch, limit: number): Promise<readonly Pick<EventRow, 'id' | 'tree' | 'leaf_index'>[]>;
}

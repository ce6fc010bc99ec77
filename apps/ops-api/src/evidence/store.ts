import type { AgentId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { Subtree } from '@argus/ledger/plan.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { LogRowRead } from '../ports.ts';

export type Range = { readonly from: number; readonly to: number };
/** What a page begins at, where the log ends for this reader, and how much of it there may be. */
export type Slice = { readonly from: number; readonly below: number; readonly limit: number };

/** Finds what belongs into a piece of evidence. Each answer is a page; nothing is counted out that grows with the log. */
export interface EvidenceStore {
  /** How many of these leaves are there, and how many bytes their texts have as JSON strings in UTF-8. */
  weigh(tree: TreeName, range: Range): Promise<{ readonly count: number; readonly bytes: number }>;
  /** These leaves and no others, in order. */
  leavesAt(tree: TreeName, indexes: readonly number[]): Promise<readonly LogRowRead[]>;
  /** For each target the first checkpoint that reaches it and stays below `below`; each once, ascending. */
  checkpointsNear(tree: TreeName, targets: readonly number[], below: number): Promise<readonly { readonly size: number; readonly note: string }[]>;
  /** Every entry of a session, in order. */
  entriesOf(tree: TreeName, session: SessionId, slice: Slice): Promise<readonly number[]>;
  /** Entries that begin something in a session, in order, each with those that answer it. */
  stepsOf(tree: TreeName, session: SessionId, slice: Slice): Promise<readonly { readonly index: number; readonly answers: readonly number[] }[]>;
  /** The newest act of consent and the newest arming before this place. */
  groundsAt(tenant: TenantId, index: number): Promise<readonly number[]>;
  /** Where machines of this tenant were enrolled, and with which key, in the order of the log. */
  enrollments(tenant: TenantId, slice: Slice): Promise<readonly Enrollment[]>;
  enrollmentOf(tenant: TenantId, agent: AgentId): Promise<Enrollment | null>;
  /** The exact texts of consents the tenant signed itself, at the entries that recorded them, in order. */
  receipts(tenant: TenantId, slice: Slice): Promise<readonly RecordedReceipt[]>;
  /** What is kept of results, at the outcomes it belongs to, in order; without what is in it. */
  kept(tenant: TenantId, slice: Slice): Promise<readonly KeptRow[]>;
  /** Null: it is not kept, or not any more. */
  sealedAt(tenant: TenantId, index: number): Promise<Uint8Array | null>;
  /** Stored hashes, hundreds at a time, in the order they are asked for; empty where none is. What it costs does not grow with the tree. */
  hashes(tree: TreeName, places: readonly Subtree[]): Promise<readonly Uint8Array[]>;
  /** Stored hashes above the leaves of a tree. */
  nodeCount(tree: TreeName): Promise<number>;
}
export type Enrollment = { readonly agent: AgentId; readonly publicKey: string; readonly index: number };
export type KeptRow = { readonly index: number; readonly bytes: number; readonly key: string; readonly signature: string };
export type RecordedReceipt = { readonly index: number; readonly text: string };

import type { NodeId } from '@argus/protocol/ids.ts';

/** Work that has to be done whatever happens to us: on record until it is done, by one node at a time. */
export const JOBS = {
  nightly_audit: 'Audits the oldest closed day that was not audited yet.',
  alert_mail: 'Mails the alerts that nobody was told of yet.',
  tripwire_look: 'Looks for sessions held for long, and for operators with many activations.',
} as const;
export type JobName = keyof typeof JOBS;

/** Who holds a job: one life of one node, so that its next life knows that nobody works on it any more. */
export type Holder = { readonly node: NodeId; readonly epoch: number };
export type Job = {
  readonly name: string;
  readonly dueAt: number;
  readonly tries: number; // begun since it was last finished, this one included
  readonly failingSince: number | null;
  readonly problem: string | null;
  readonly lease: (Holder & { readonly until: number }) | null;
};

/** Times come from the caller's clock; a lease that has run out is nobody's. */
export interface JobStore {
  /** Makes it when there is none of this name. One that is failing is due now: somebody may have mended what it failed for. */
  ensure(name: string, dueAt: number): Promise<void>;
  /** The one of these that is due for longest and held by nobody, now held by us. */
  take(names: readonly string[], lease: Holder & { readonly now: number; readonly until: number }): Promise<Job | null>;
  /** Takes this very one though it is not due; makes it when there is none. Null: somebody holds it. */
  seize(name: string, lease: Holder & { readonly now: number; readonly until: number }): Promise<Job | null>;
  /** False: it is not ours any more. */
  keep(name: string, by: Holder, until: number): Promise<boolean>;
  finish(name: string, by: Holder, dueAt: number): Promise<boolean>;
  fail(name: string, by: Holder, failed: { readonly at: number; readonly dueAt: number; readonly problem: string }): Promise<boolean>;
  /** Earlier than planned; one that is failing keeps its pause. */
  hurry(name: string, dueAt: number): Promise<void>;
  /** What earlier lives of this node held. */
  release(by: Holder): Promise<void>;
  list(): Promise<readonly Job[]>;
}

const FIRST_PAUSE_MS = 30_000;
const PAUSE_MAX_MS = 3_600_000;
/** 30 s, 1 min, 2 min … 1 h: whoever was down is asked more and more rarely, and for ever. */
export const pauseAfter = (tries: number): number => Math.min(PAUSE_MAX_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, Math.min(tries, 20) - 1));
/** How often something fails before somebody is told. */
export const TRIES_BEFORE_ALERT = 3;

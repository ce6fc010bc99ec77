/** An audit of a stretch of time: what was compared, and what does not agree. Names rows, never what stands in them. */
import { z } from 'zod';
import { isoTimeText } from '../text.ts';

const callerTime = () => z.iso.datetime({ offset: true });
/** Neither: the last 24 hours. */
export const Reconcile = z.strictObject({ from: callerTime().optional(), to: callerTime().optional() });
export type Reconcile = z.infer<typeof Reconcile>;

export const FindingView = z.object({
  what: z.string(), // docs/reference/tripwires.md
  says: z.string(),
  tree: z.string().nullable(),
  index: z.int().nullable(), // of the leaf
  id: z.string().nullable(), // of the rows
  fields: z.array(z.string()),
});
export type FindingView = z.infer<typeof FindingView>;

export const ReconciliationView = z.object({
  id: z.uuid(),
  kind: z.enum(['nightly', 'on_demand']),
  from: isoTimeText(),
  to: isoTimeText(),
  finished_at: isoTimeText(),
  by: z.string(),
  outcome: z.enum(['reconciled', 'mismatch']),
  audit_rows: z.int(),
  events: z.int(),
  leaves: z.int(),
  trees: z.int(),
  mismatches: z.int(),
  findings: z.array(FindingView), // the first of them, when there are many
});
export type ReconciliationView = z.infer<typeof ReconciliationView>;

export const Reconciliations = z.object({ reconciliations: z.array(ReconciliationView) });
export type Reconciliations = z.infer<typeof Reconciliations>;

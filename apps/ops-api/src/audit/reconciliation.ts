import { isoTime } from '@argus/kit/clock.ts';
import type { ReconciliationView } from '@argus/protocol/http/reconciliation.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { Attempt } from './attempt.ts';
import type { Audited, Reached } from './auditor.ts';
import { FINDINGS, findingLine, type Finding } from './findings.ts';

/** The result of one audit, written once and for good together with its entry. */
export type Reconciliation = Omit<Audited, 'reached'> & {
  readonly id: string;
  readonly kind: 'nightly' | 'on_demand';
  readonly from: number;
  readonly to: number;
  readonly finishedAt: number;
  readonly by: string;
};

export interface ReconciliationStore {
  /** Newest first. */
  list(limit: number): Promise<readonly Reconciliation[]>;
  /** Where the last nightly window ended. */
  lastNightly(): Promise<number | null>;
  /** How far the nights have come in each tree. */
  audited(): Promise<ReadonlyMap<TreeName, Reached>>;
}

/** Its entry in the operator tree: the counts, and the first thing that is wrong. */
export const attemptOf = (r: Reconciliation, { ip }: { readonly ip?: string } = {}): Attempt => ({
  at: r.finishedAt,
  type: r.mismatches === 0 ? 'audit_reconciled' : 'audit_mismatch_found',
  phase: 'fact',
  tenant: null,
  operator: r.by,
  ...(ip !== undefined && { ip }),
  by: r.kind === 'nightly' ? 'server' : 'operator',
  reason: `${r.kind === 'nightly' ? 'nightly audit' : 'audit on demand'} of ${isoTime(r.from)} to ${isoTime(r.to)}`,
  args: {
    reconciliation: r.id,
    from: isoTime(r.from),
    to: isoTime(r.to),
    audit_rows: r.auditRows,
    events: r.events,
    leaves: r.leaves,
    trees: r.trees,
    mismatches: r.mismatches,
    ...(r.findings[0] && { first: findingLine(r.findings[0]).slice(0, 1_000) }),
  },
  outcome: 'ok',
});

const LINES_MAX = 20;
/** For an alert and its mail: the window, then the rows. */
export function mismatchLines({ from, to, mismatches, findings }: Pick<Reconciliation, 'from' | 'to' | 'mismatches' | 'findings'>): readonly string[] {
  const more = mismatches - Math.min(LINES_MAX, findings.length);
  return [
    `window ${isoTime(from)} to ${isoTime(to)}: ${mismatches} mismatches`,
    ...findings.slice(0, LINES_MAX).map(findingLine),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

const findingView = ({ what, tree, index, id, fields }: Finding) => ({
  what, says: FINDINGS[what], tree: tree ?? null, index: index ?? null, id: id ?? null, fields: [...(fields ?? [])],
});
export const reconciliationView = (r: Reconciliation): ReconciliationView => ({
  id: r.id,
  kind: r.kind,
  from: isoTime(r.from),
  to: isoTime(r.to),
  finished_at: isoTime(r.finishedAt),
  by: r.by,
  outcome: r.mismatches === 0 ? 'reconciled' : 'mismatch',
  audit_rows: r.auditRows,
  events: r.events,
  leaves: r.leaves,
  trees: r.trees,
  mismatches: r.mismatches,
  findings: r.findings.map(findingView),
});

/** Alerts and results of audits, for tests to change one thing at a time. */
import type { Alert } from '../src/alerts/alert.ts';
import type { Reconciliation } from '../src/audit/reconciliation.ts';
import { DAY_MS, newId, START } from './sample.ts';

export const alertOf = (over: Partial<Alert> = {}): Alert => {
  const id = newId();
  return {
    id, key: `key of ${id}`, kind: 'failed_activation', severity: 'ordinary', says: 'An activation failed.', details: ['agent_offline'], times: 1,
    firstAt: START, lastAt: START, at: START, tenant: null, agent: null, session: null, operator: 'ana@argus.example', address: '10.1.2.3', ...over,
  };
};

export const reconciliationOf = (over: Partial<Reconciliation> = {}): Reconciliation => ({
  id: newId(), kind: 'nightly', from: START - DAY_MS, to: START, finishedAt: START + 1, by: 'auditor', auditRows: 3, events: 3, leaves: 3, trees: 1,
  mismatches: 0, findings: [], ...over,
});

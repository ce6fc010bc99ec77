import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { Acknowledged, Alert, AlertSeen, AlertStore } from '../../alerts/alert.ts';
import type { Reached } from '../../audit/auditor.ts';
import type { Reconciliation, ReconciliationStore } from '../../audit/reconciliation.ts';

/** Alerts and results of audits: the part of the state that their deeds change. */
export type Watched = {
  alerts: Map<string, Alert>;
  acknowledged: Map<string, Acknowledged>;
  mailedAt: Map<string, number>;
  results: Reconciliation[];
  audited: Map<TreeName, Reached>;
};
export const nothingWatched = (): Watched => ({ alerts: new Map(), acknowledged: new Map(), mailedAt: new Map(), results: [], audited: new Map() });
export const copyOfWatched = ({ alerts, acknowledged, mailedAt, results, audited }: Watched): Watched => ({
  alerts: new Map(alerts), acknowledged: new Map(acknowledged), mailedAt: new Map(mailedAt), results: [...results], audited: new Map(audited),
});

export function raiseAlert({ alerts }: Watched, alert: Alert): Denial | null {
  if ([...alerts.values()].some((a) => a.key === alert.key)) return deny('already_recorded');
  alerts.set(alert.id, alert);
  return null;
}

export function acknowledgeAlert({ acknowledged }: Watched, alert: string, by: Acknowledged): Denial | null {
  if (acknowledged.has(alert)) return deny('alert_acknowledged');
  acknowledged.set(alert, by);
  return null;
}

export function recordReconciliation({ results, audited }: Watched, result: Reconciliation, reached: readonly Reached[]): Denial | null {
  if (result.kind === 'nightly' && results.some((r) => r.kind === 'nightly' && r.from === result.from)) return deny('already_recorded');
  results.push(result);
  for (const one of reached) if (one.size > (audited.get(one.tree)?.size ?? 0)) audited.set(one.tree, one);
  return null;
}

const byTime = <T extends { readonly id: string }>(at: (one: T) => number) => (a: T, b: T) => at(a) - at(b) || (a.id < b.id ? -1 : 1);

export function memoryAlerts(watched: () => Watched): AlertStore {
  const seen = (a: Alert): AlertSeen => ({ ...a, acknowledged: watched().acknowledged.get(a.id) ?? null });
  const oldestFirst = () => [...watched().alerts.values()].toSorted(byTime((a) => a.at));
  return {
    list: async ({ tenants, openOnly, limit }) =>
      oldestFirst()
        .toReversed()
        .map(seen)
        .filter((a) => (tenants === null || (a.tenant !== null && tenants.includes(a.tenant))) && !(openOnly && a.acknowledged))
        .slice(0, limit),
    async byId(id) {
      const alert = watched().alerts.get(id);
      return alert ? seen(alert) : null;
    },
    hasKey: async (key) => [...watched().alerts.values()].some((a) => a.key === key),
    unmailed: async (limit) => oldestFirst().filter((a) => !watched().mailedAt.has(a.id)).map(seen).slice(0, limit),
    async mailed(ids, { at }) {
      for (const id of ids) if (!watched().mailedAt.has(id)) watched().mailedAt.set(id, at);
    },
    async lastMailAt() {
      const times = [...watched().mailedAt.values()];
      return times.length === 0 ? null : Math.max(...times);
    },
  };
}

export function memoryReconciliations(watched: () => Watched): ReconciliationStore {
  return {
    list: async (limit) => watched().results.toSorted(byTime((r) => r.finishedAt)).toReversed().slice(0, limit),
    async lastNightly() {
      const ends = watched().results.filter((r) => r.kind === 'nightly').map((r) => r.to);
      return ends.length === 0 ? null : Math.max(...ends);
    },
    audited: async () => new Map(watched().audited),
  };
}

import { isoTime } from '@argus/kit/clock.ts';
import type { AlertView, Severity } from '@argus/protocol/http/alerts.ts';
import type { AgentId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { TripwireKind } from '@argus/protocol/tripwires.ts';

/** One firing of a tripwire, for people to look at. It never changes; that somebody looked is a row of its own. */
export type Alert = {
  readonly id: string;
  readonly key: string; // the same thing never becomes two alerts, whichever node sees it
  readonly kind: TripwireKind;
  readonly severity: Severity;
  readonly says: string;
  readonly details: readonly string[];
  readonly times: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly at: number; // when it was written
  readonly tenant: TenantId | null;
  readonly agent: AgentId | null;
  readonly session: SessionId | null;
  readonly operator: string | null;
  readonly address: string | null;
};
export type Acknowledged = { readonly at: number; readonly by: string; readonly reason: string };
export type AlertSeen = Alert & { readonly acknowledged: Acknowledged | null };

export interface AlertStore {
  /** Newest first; null: of all tenants and of none. */
  list(ask: { readonly tenants: readonly TenantId[] | null; readonly openOnly: boolean; readonly limit: number }): Promise<readonly AlertSeen[]>;
  byId(id: string): Promise<AlertSeen | null>;
  hasKey(key: string): Promise<boolean>;
  /** Oldest first. */
  unmailed(limit: number): Promise<readonly Alert[]>;
  mailed(ids: readonly string[], mail: { readonly messageId: string; readonly at: number }): Promise<void>;
  lastMailAt(): Promise<number | null>;
}

export const alertView = (a: AlertSeen): AlertView => ({
  id: a.id,
  kind: a.kind,
  severity: a.severity,
  says: a.says,
  details: [...a.details],
  times: a.times,
  first_at: isoTime(a.firstAt),
  last_at: isoTime(a.lastAt),
  tenant_id: a.tenant,
  agent_id: a.agent,
  session_id: a.session,
  operator: a.operator,
  address: a.address,
  acknowledged: a.acknowledged && { at: isoTime(a.acknowledged.at), by: a.acknowledged.by, reason: a.acknowledged.reason },
});

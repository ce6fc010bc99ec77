import type { Severity } from '@argus/protocol/http/alerts.ts';
import type { AgentId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import type { AlertSeen, AlertStore } from '../../alerts/alert.ts';
import type { TripwireKind } from '@argus/protocol/tripwires.ts';

/** Alerts are raised and acknowledged by deeds (deeds.ts), with their entries; here they are read and mailed. */
export function postgresAlerts(pool: Pool): AlertStore {
  const alertsOf = async (where: string, values: readonly unknown[]): Promise<readonly AlertSeen[]> =>
    (await pool.query<AlertRow>(`SELECT a.*, k.at AS ack_at, k.by AS ack_by, k.reason AS ack_reason FROM argus.alerts a
       LEFT JOIN argus.alert_acknowledgements k ON k.alert_id = a.id ${where}`, [...values])).rows.map(alertOf);
  return {
    list: ({ tenants, openOnly, limit }) =>
      alertsOf('WHERE ($1::text[] IS NULL OR a.tenant_id = ANY ($1)) AND (NOT $2 OR k.alert_id IS NULL) ORDER BY a.at DESC, a.id DESC LIMIT $3', [tenants, openOnly, limit]),
    byId: async (id) => (await alertsOf('WHERE a.id = $1', [id]))[0] ?? null,
    hasKey: async (key) => (await pool.query('SELECT FROM argus.alerts WHERE key = $1', [key])).rowCount === 1,
    unmailed: (limit) =>
      alertsOf('WHERE NOT EXISTS (SELECT FROM argus.alert_mails m WHERE m.alert_id = a.id) ORDER BY a.at, a.id LIMIT $1', [limit]),
    async mailed(ids, { messageId, at }) {
      await pool.query(
        'INSERT INTO argus.alert_mails (alert_id, message_id, at) SELECT id, $2, $3 FROM unnest($1::uuid[]) AS id ON CONFLICT (alert_id) DO NOTHING',
        [ids, messageId, new Date(at)],
      );
    },
    lastMailAt: async () => (await pool.query<{ at: number }>('SELECT at FROM argus.alert_mails ORDER BY at DESC LIMIT 1')).rows[0]?.at ?? null,
  };
}

type AlertRow = {
  id: string; key: string; kind: TripwireKind; severity: Severity; says: string; details: readonly string[]; times: number;
  first_at: number; last_at: number; at: number; tenant_id: TenantId | null; agent_id: AgentId | null; session_id: SessionId | null;
  operator: string | null; address: string | null; ack_at: number | null; ack_by: string | null; ack_reason: string | null;
};
const alertOf = (r: AlertRow): AlertSeen => ({
  id: r.id,
  key: r.key,
  kind: r.kind,
  severity: r.severity,
  says: r.says,
  details: r.details,
  times: r.times,
  firstAt: r.first_at,
  lastAt: r.last_at,
  at: r.at,
  tenant: r.tenant_id,
  agent: r.agent_id,
  session: r.session_id,
  operator: r.operator,
  address: r.address,
  acknowledged: r.ack_at !== null && r.ack_by !== null && r.ack_reason !== null ? { at: r.ack_at, by: r.ack_by, reason: r.ack_reason } : null,
});

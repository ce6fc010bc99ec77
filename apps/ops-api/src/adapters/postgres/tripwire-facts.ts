import type { AgentId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import type { TripwireFacts } from '../../alerts/look.ts';

/** Each by an index of its own, which holds nothing but what is asked for. */
export function postgresTripwireFacts(pool: Pool): TripwireFacts {
  return {
    async heldLonger({ ms, now, openedSince }, limit) {
      const { rows } = await pool.query<{ id: SessionId; tenant_id: TenantId; agent_id: AgentId; operator: string; created_at: number }>(
        `SELECT id, tenant_id, agent_id, operator, created_at FROM argus.sessions
          WHERE minutes > 60 AND created_at >= $1 AND coalesce(ended_at, least($2::timestamptz, expires_at)) - created_at > make_interval(secs => $3::float8 / 1000)
          ORDER BY created_at LIMIT $4`,
        [new Date(openedSince), new Date(now), ms, limit],
      );
      return rows.map((r) => ({ id: r.id, tenant: r.tenant_id, agent: r.agent_id, operator: r.operator, createdAt: r.created_at }));
    },
    async busyOperators({ activations, since }, limit) {
      const { rows } = await pool.query<{ operator: string; activations: number }>(
        `SELECT operator, count(*) AS activations FROM argus.remote_support_audit
          WHERE at >= $1 AND action = 'remote_support_activation' AND phase = 'outcome' AND outcome = 'ok'
          GROUP BY operator HAVING count(*) > $2 ORDER BY operator COLLATE "C" LIMIT $3`,
        [new Date(since), activations, limit],
      );
      return rows;
    },
  };
}

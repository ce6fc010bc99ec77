import type { Pool } from 'pg';
import type { ApiCall } from '../../audit/api-call.ts';
import type { ApiCallStore } from '../../ports.ts';
import { refusedBy } from './deeds.ts';

/**
 * A batch of calls as one statement. Whose thing the address named is looked up here, where nobody waits for it, and what
 * does not exist is nobody's. A batch that is sent again after a broken connection is there once.
 */
const insertInto = (from: string) => `
INSERT INTO argus.argus_audit_log (id, at, actor, actor_kind, pat_id, scope, method, route, status, latency_ms, tenant_id, ip, user_agent, body_sha256, login_id)
SELECT c.id, c.at, c.actor, c.actor_kind, c.pat_id, c.scope, c.method, c.route, c.status, c.latency_ms,
       coalesce((SELECT t.id FROM argus.tenants t WHERE t.id = c.tenant), (SELECT a.tenant_id FROM argus.agents a WHERE a.id = c.agent),
                (SELECT s.tenant_id FROM argus.sessions s WHERE s.id = c.session)),
       c.ip, c.user_agent, c.body_sha256, c.login_id
  FROM ${from}json_to_recordset($1::json) AS c(id uuid, at timestamptz, actor text, actor_kind text, pat_id text, scope text, method text, route text,
       status smallint, latency_ms integer, tenant text, agent text, session text, ip text, user_agent text, body_sha256 text, login_id text)
ON CONFLICT DO NOTHING`;

const ADD = {
  durable: { name: 'calls_durable', text: insertInto('') },
  // Not worth a flush of its own, which commands would have to share: a crash of the database may take the last of these.
  soon: { name: 'calls_soon', text: insertInto(`set_config('synchronous_commit', 'off', true) AS commit_soon, `) },
} as const;

export const postgresApiCalls = (pool: Pool): ApiCallStore => ({
  async add(calls, how) {
    try {
      await pool.query({ ...ADD[how], values: [JSON.stringify(calls.map(rowOf))] });
      return 'written';
    } catch (problem) {
      if (refusedBy(problem)) return 'refused';
      throw problem;
    }
  },
  async keep() {
    await pool.query('SELECT argus.keep_audit_log(), argus.drop_kept_results()');
  },
});

const rowOf = (c: ApiCall) => ({
  id: c.id,
  at: new Date(c.at).toISOString(),
  actor: c.actor,
  actor_kind: c.actorKind,
  pat_id: c.tokenId,
  scope: c.scope,
  method: c.method,
  route: c.route,
  status: c.status,
  latency_ms: c.latencyMs,
  tenant: c.named.tenant,
  agent: c.named.agent,
  session: c.named.session,
  ip: c.ip,
  user_agent: c.userAgent,
  body_sha256: c.bodySha256,
  login_id: c.loginId,
});

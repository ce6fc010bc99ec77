import type { AgentCount, AgentsQuery } from '@argus/protocol/http/agents.ts';
import type { AgentId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import { NODE_ALIVE_MS, STATE_ORDER, type Asking, type PresenceStore } from '../../agents/presence.ts';

/**
 * Each agent with its line and its session. A line is there when nobody saw it go and its node is alive in the very life
 * it came in: whether it is, only the clock of the database says. $1 node, $2 epoch, $3 now.
 */
const SEEN = `
  SELECT a.id, a.tenant_id, a.version, a.platform, a.last_seen_at,
         CASE WHEN a.revoked_at IS NOT NULL THEN 'revoked' WHEN l.agent_id IS NOT NULL THEN 'online' WHEN a.public_key IS NOT NULL THEN 'offline' ELSE 'code_issued' END AS state,
         CASE WHEN l.agent_id IS NULL OR a.revoked_at IS NOT NULL THEN NULL WHEN l.here THEN 'here' ELSE 'another_node' END AS line,
         CASE WHEN l.agent_id IS NOT NULL THEN s.id END AS session
    FROM argus.agents a
    LEFT JOIN (SELECT o.agent_id, bool_or(o.node = $1 AND o.epoch = $2) AS here
                 FROM argus.agent_lines o JOIN argus.nodes n ON n.id = o.node AND n.epoch = o.epoch
                WHERE o.went_at IS NULL AND (o.node = $1 OR n.beaten_at > now() - interval '${NODE_ALIVE_MS} milliseconds')
                GROUP BY o.agent_id) l ON l.agent_id = a.id
    LEFT JOIN argus.sessions s ON s.agent_id = a.id AND s.state = 'active' AND s.expires_at > $3`;

/** In the order of this, then of the id. Bytes compare, and not a language. */
const ORDERS: Readonly<Record<AgentsQuery['sort'], string>> = {
  agent: 'id COLLATE "C"',
  state: `array_position(ARRAY[${STATE_ORDER.map((state) => `'${state}'`).join(', ')}], state)`,
  tenant: 'tenant_id COLLATE "C"',
  version: `coalesce(version, '') COLLATE "C"`,
  platform: `coalesce(platform, '') COLLATE "C"`,
  seen: `coalesce(last_seen_at, '-infinity')`,
};
const WAYS = { up: 'ASC', down: 'DESC' } as const;
const escaped = (word: string): string => `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;

type Row = {
  id: AgentId; tenant_id: TenantId; version: string | null; platform: string | null; last_seen_at: number | null;
  state: (typeof STATE_ORDER)[number]; line: 'here' | 'another_node' | null; session: SessionId | null; total: string;
};

export function postgresPresence(pool: Pool): PresenceStore {
  const givenOf = ({ node, epoch, now }: Asking) => [node, epoch, new Date(now)];
  const page: PresenceStore['page'] = async (asked, by) => {
    const { tenants, agent = null, words, state = null, sort, order, offset, limit } = asked;
    const fits = `($4::text[] IS NULL OR tenant_id = ANY ($4)) AND ($5::text IS NULL OR id = $5)
      AND lower(concat_ws(' ', id, tenant_id, version, platform)) LIKE ALL ($6::text[])
      AND ($7::text IS NULL OR CASE $7 WHEN 'in_session' THEN session IS NOT NULL ELSE state = $7 END)`;
    const { rows } = await pool.query<Row>(
      `SELECT *, count(*) OVER () AS total FROM (${SEEN}) AS seen WHERE ${fits} ORDER BY ${ORDERS[sort]} ${WAYS[order]}, id COLLATE "C" OFFSET $8 LIMIT $9`,
      [...givenOf(by), tenants, agent, words.map(escaped), state, offset, limit],
    );
    if (rows.length === 0 && offset > 0) return { agents: [], total: (await page({ ...asked, offset: 0, limit: 1 }, by)).total };
    return {
      agents: rows.map((r) => ({ id: r.id, tenant: r.tenant_id, version: r.version, platform: r.platform, lastSeenAt: r.last_seen_at, state: r.state, line: r.line, session: r.session })),
      total: Number(rows[0]?.total ?? 0),
    };
  };
  return {
    page,
    async counts(tenants, by) {
      const { rows } = await pool.query<{ [K in keyof AgentCount]: AgentCount[K] | string }>(
        `SELECT tenant_id, count(*) AS agents, count(line) AS online, count(session) AS in_session FROM (${SEEN}) AS seen
          WHERE state <> 'revoked' AND ($4::text[] IS NULL OR tenant_id = ANY ($4)) GROUP BY tenant_id ORDER BY tenant_id COLLATE "C"`,
        [...givenOf(by), tenants],
      );
      return rows.map((r) => ({ tenant_id: r.tenant_id as TenantId, agents: Number(r.agents), online: Number(r.online), in_session: Number(r.in_session) })); // a column of ids
    },
    async note(came, went) {
      // Not worth a flush of its own: after a crash of the database the lines have broken anyway.
      await pool.query(
        `WITH soon AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
              came AS (INSERT INTO argus.agent_lines (connection, agent_id, node, epoch, came_at, went_at)
                       SELECT c.connection, c.agent, c.node, c.epoch, c.at, CASE WHEN w.at IS NOT NULL THEN greatest(c.at, w.at) END FROM soon, json_to_recordset($1::json) AS c(connection text, agent text, node text, epoch bigint, at timestamptz)
                         LEFT JOIN json_to_recordset($2::json) AS w(connection text, at timestamptz) USING (connection)
                       ON CONFLICT DO NOTHING)
         UPDATE argus.agent_lines l SET went_at = greatest(l.came_at, w.at) FROM json_to_recordset($2::json) AS w(connection text, at timestamptz)
          WHERE l.connection = w.connection AND l.went_at IS NULL`,
        [JSON.stringify(came.map((c) => ({ ...c, at: new Date(c.at) }))), JSON.stringify(went.map((w) => ({ ...w, at: new Date(w.at) })))],
      );
    },
    async lines(agent, since, limit) {
      const { rows } = await pool.query<{ came_at: number; went_at: number | null }>(
        `SELECT * FROM (SELECT l.came_at, coalesce(l.went_at, CASE WHEN n.epoch = l.epoch AND n.beaten_at > now() - interval '${NODE_ALIVE_MS} milliseconds' THEN NULL ELSE greatest(l.came_at, n.beaten_at) END) AS went_at
                          FROM argus.agent_lines l LEFT JOIN argus.nodes n ON n.id = l.node WHERE l.agent_id = $1) AS line
          WHERE went_at IS NULL OR went_at >= $2 ORDER BY came_at DESC LIMIT $3`,
        [agent, new Date(since), limit],
      );
      return rows.map((r) => ({ cameAt: r.came_at, wentAt: r.went_at }));
    },
    async tidy({ node, epoch }, before) {
      await pool.query(
        `UPDATE argus.agent_lines l SET went_at = greatest(l.came_at, coalesce(n.beaten_at, l.came_at)) FROM argus.nodes n
          WHERE n.id = l.node AND l.went_at IS NULL AND ((l.node = $1 AND l.epoch < $2) OR n.beaten_at < now() - interval '1 day')`,
        [node, epoch],
      );
      await pool.query('DELETE FROM argus.agent_lines WHERE went_at < $1', [new Date(before)]);
    },
  };
}

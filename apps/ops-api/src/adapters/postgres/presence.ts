import type { AgentsQuery } from '@argus/protocol/http/agents.ts';
import type { AgentId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import { NODE_ALIVE_MS, STATE_ORDER, type PresenceStore } from '../../agents/presence.ts';

/**
 * Machines whose line is there: nobody saw it go, and its node is alive in the very life it came in. Whether it is, only the clock of the
 * database says. $1: this node.
 */
const ALIVE = `
  SELECT o.agent_id FROM argus.agent_lines o JOIN argus.nodes n ON n.id = o.node AND n.epoch = o.epoch
   WHERE o.went_at IS NULL AND (o.node = $1 OR n.beaten_at > now() - interval '${NODE_ALIVE_MS} milliseconds')`;
const STATE = `CASE WHEN a.revoked_at IS NOT NULL THEN 'revoked' WHEN a.id IN (${ALIVE}) THEN 'online' WHEN a.public_key IS NOT NULL THEN 'offline' ELSE 'code_issued' END`;
/** $2: now. */
const IN_SESSION = `SELECT s.agent_id FROM argus.sessions s WHERE s.state = 'active' AND s.expires_at > $2`;

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
  state: (typeof STATE_ORDER)[number]; here: boolean; session: SessionId | null; total: string;
};

export function postgresPresence(pool: Pool): PresenceStore {
  const page: PresenceStore['page'] = async (asked, by) => {
    const { tenants, agent, words, state, sort, order, offset, limit } = asked;
    const values: unknown[] = [by.node, new Date(by.now), by.epoch, offset, limit];
    const given = (value: unknown): string => `$${values.push(value)}`;
    // Only what is asked for is looked at, of every machine: the rest is fetched for the page alone.
    const fits = [
      ...(tenants === null ? [] : [`tenant_id = ANY (${given(tenants)})`]),
      ...(agent === undefined ? [] : [`id = ${given(agent)}`]),
      ...(words.length === 0 ? [] : [`lower(concat_ws(' ', id, tenant_id, version, platform)) LIKE ALL (${given(words.map(escaped))}::text[])`]),
      ...(state === undefined ? [] : state === 'in_session' ? [`state = 'online' AND id IN (${IN_SESSION})`] : [`state = ${given(state)}`]),
    ];
    const { rows } = await pool.query<Row>(
      `WITH fits AS MATERIALIZED (
         SELECT id, state, ${ORDERS[sort]} AS key FROM (SELECT a.id, a.tenant_id, a.version, a.platform, a.last_seen_at, ${STATE} AS state FROM argus.agents a) AS seen
          WHERE ${['true', ...fits].join(' AND ')}),
       page AS (SELECT id, state, row_number() OVER () AS place FROM (SELECT * FROM fits ORDER BY key ${WAYS[order]}, id COLLATE "C" OFFSET $4 LIMIT $5) AS sorted)
       SELECT p.id, p.state, a.tenant_id, a.version, a.platform, a.last_seen_at, (SELECT count(*) FROM fits) AS total,
              EXISTS (SELECT FROM argus.agent_lines o WHERE o.agent_id = p.id AND o.went_at IS NULL AND o.node = $1 AND o.epoch = $3) AS here,
              CASE WHEN p.state = 'online' THEN (SELECT s.id FROM argus.sessions s WHERE s.agent_id = p.id AND s.state = 'active' AND s.expires_at > $2) END AS session
         FROM page p JOIN argus.agents a ON a.id = p.id ORDER BY p.place`,
      values,
    );
    if (rows.length === 0 && offset > 0) return { agents: [], total: (await page({ ...asked, offset: 0, limit: 1 }, by)).total };
    return {
      agents: rows.map(({ here, ...r }) => ({
        id: r.id, tenant: r.tenant_id, version: r.version, platform: r.platform, lastSeenAt: r.last_seen_at, state: r.state, session: r.session,
        line: r.state !== 'online' ? null : here ? 'here' : 'another_node',
      })),
      total: Number(rows[0]?.total ?? 0),
    };
  };
  return {
    page,
    async counts(tenants, by) {
      const { rows } = await pool.query<{ tenant_id: TenantId; agents: string; online: string; in_session: string }>(
        `SELECT tenant_id, count(*) AS agents, count(*) FILTER (WHERE state = 'online') AS online, count(*) FILTER (WHERE state = 'online' AND id IN (${IN_SESSION})) AS in_session
           FROM (SELECT a.id, a.tenant_id, ${STATE} AS state FROM argus.agents a WHERE a.revoked_at IS NULL AND ($3::text[] IS NULL OR a.tenant_id = ANY ($3))) AS seen
          GROUP BY tenant_id ORDER BY tenant_id COLLATE "C"`,
        [by.node, new Date(by.now), tenants],
      );
      return rows.map((r) => ({ tenant_id: r.tenant_id, agents: Number(r.agents), online: Number(r.online), in_session: Number(r.in_session) }));
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

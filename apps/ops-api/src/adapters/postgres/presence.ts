import type { Pool } from 'pg';
import { NODE_ALIVE_MS, type PresenceStore } from '../../agents/presence.ts';
import { postgresAgentList } from './agent-list.ts';

export function postgresPresence(pool: Pool): PresenceStore {
  return {
    ...postgresAgentList(pool),
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

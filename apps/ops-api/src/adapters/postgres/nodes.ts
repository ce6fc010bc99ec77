import type { AgentId, NodeId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import type { Change, ChangeReader, NodeStore } from '../../ports.ts';

/** Longer than any node can be behind without looking at everything again (nodes/watch.ts). */
const KEPT = '10 minutes';

export function postgresNodes(pool: Pool): NodeStore {
  return {
    async beat(node, epoch, at) {
      const { rowCount } = await pool.query(
        `INSERT INTO argus.nodes (id, epoch, started_at, beat, beaten_at) VALUES ($1, $2, $3, 1, now())
         ON CONFLICT (id) DO UPDATE SET beat = argus.nodes.beat + 1, beaten_at = now() WHERE argus.nodes.epoch = $2`,
        [node, epoch, new Date(at)],
      );
      return rowCount === 1;
    },

    async othersWithSessions(than) {
      const { rows } = await pool.query<{ node: NodeId; epoch: number; beat: number }>(
        `SELECT n.id AS node, n.epoch, n.beat FROM argus.nodes n
          WHERE n.id <> $1 AND EXISTS (SELECT FROM argus.sessions s WHERE s.node = n.id AND s.state <> 'ended')`,
        [than],
      );
      return rows;
    },

    async place(agent, node) {
      // An agent that comes back to the same node changes no row.
      const { rows } = await pool.query<{ revoked: boolean }>(
        `WITH moved AS (UPDATE argus.agents SET line_node = $2 WHERE id = $1 AND line_node IS DISTINCT FROM $2)
         SELECT revoked_at IS NOT NULL AS revoked FROM argus.agents WHERE id = $1`,
        [agent, node],
      );
      return rows[0]?.revoked === false ? 'welcome' : 'revoked';
    },

    async notHere(node, agents) {
      const { rows } = await pool.query<{ agent: AgentId; revoked: boolean }>(
        `SELECT id AS agent, revoked_at IS NOT NULL AS revoked FROM argus.agents
          WHERE id = ANY ($2) AND (revoked_at IS NOT NULL OR line_node <> $1)`,
        [node, agents],
      );
      return rows.map(({ agent, revoked }) => ({ agent, why: revoked ? 'revoked' : 'moved' }));
    },

    follow: () => follow(pool),

    async forget() {
      await pool.query(`DELETE FROM argus.changes WHERE at < now() - interval '${KEPT}'`);
    },
  };
}

type Row = { readonly xmin: string; readonly id: number | null; readonly kind: Change['kind']; readonly subject: string };

/**
 * A change is written with the number of its transaction. Each read begins at the oldest transaction that was still
 * running at the read before, so one that commits late is not passed over; what is seen again for that is left out.
 */
async function follow(pool: Pool): Promise<ChangeReader> {
  const started = await pool.query<Pick<Row, 'xmin'>>('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin');
  let from = started.rows[0]?.xmin ?? '0';
  let seen: ReadonlySet<number | null> = new Set();
  const reader: ChangeReader = {
    async next() {
      const { rows } = await pool.query<Row>({
        name: 'changes_since',
        text: `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin, c.id, c.kind, c.subject
                 FROM (VALUES (1)) AS always LEFT JOIN argus.changes c ON c.xact >= $1::xid8 ORDER BY c.id`,
        values: [from],
      });
      const found = rows.filter((row) => row.id !== null);
      const news = found.filter((row) => !seen.has(row.id)).map(changeOf);
      from = rows[0]?.xmin ?? from;
      seen = new Set(found.map((row) => row.id));
      return news;
    },
  };
  await reader.next(); // where something has been running for long, much that is there already comes after its beginning
  return reader;
}

/** The triggers write ids of the table they stand on. */
function changeOf({ kind, subject }: Row): Change {
  if (kind === 'session_ended') return { kind, session: subject as SessionId };
  if (kind === 'tenant_shut') return { kind, tenant: subject as TenantId };
  return { kind, agent: subject as AgentId };
}

import type { TreeName } from '@argus/protocol/origin.ts';
import type { Pool } from 'pg';
import type { EventRow, Recorded, RecordReader, StoredAudit } from '../../audit/record.ts';

/** Every answer is one statement, so it sees one moment. Times come as text, since a microsecond more must show. */
export function postgresRecord(pool: Pool): RecordReader {
  const during = ({ from, to }: { readonly from: number; readonly to: number }) => [new Date(from), new Date(to)];
  return {
    async trees() {
      return (await pool.query<{ tree: TreeName }>(TREES)).rows.map((r) => r.tree);
    },
    async begunAt() {
      const { rows } = await pool.query<{ at: number | null }>('SELECT min(at) AS at FROM argus.log_checkpoints');
      return rows[0]?.at ?? null;
    },
    async tip(tree) {
      const { rows } = await pool.query<{ leaves: number; size: number | null; at: number | null; note: string | null }>(
        `SELECT coalesce((SELECT seq + 1 FROM argus.log_leaves WHERE tree = $1 ORDER BY seq DESC LIMIT 1), 0) AS leaves, c.size, c.at, c.note
           FROM (SELECT 1) AS one LEFT JOIN LATERAL
                (SELECT size, at, note FROM argus.log_checkpoints WHERE tree = $1 ORDER BY size DESC LIMIT 1) AS c ON true`,
        [tree],
      );
      const [r] = rows;
      return { leaves: r?.leaves ?? 0, head: r && r.size !== null && r.at !== null && r.note !== null ? { size: r.size, at: r.at, note: r.note } : null };
    },
    async sizeBefore(tree, at) {
      const { rows } = await pool.query<{ size: number }>(
        'SELECT size FROM argus.log_checkpoints WHERE tree = $1 AND at < $2 ORDER BY size DESC LIMIT 1',
        [tree, new Date(at)],
      );
      return rows[0]?.size ?? 0;
    },
    async checkpoints(tree, { from, to }) {
      const { rows } = await pool.query<{ size: number; at: number; note: string }>(
        'SELECT size, at, note FROM argus.log_checkpoints WHERE tree = $1 AND size > $2 AND size <= $3 ORDER BY size',
        [tree, from, to],
      );
      return rows;
    },
    async leaves(tree, { from, to }) {
      const { rows } = await pool.query<LeafRow>(LEAVES, [tree, from, to]);
      return rows.map((row) => recordedOf(row, tree));
    },
    async counts(stretch) {
      const { rows } = await pool.query<{ audit: number; events: number }>(
        `SELECT (SELECT count(*) FROM argus.remote_support_audit WHERE at >= $1 AND at < $2) AS audit,
                (SELECT count(*) FROM argus.events WHERE at >= $1 AND at < $2) AS events`,
        during(stretch),
      );
      return { auditRows: rows[0]?.audit ?? 0, events: rows[0]?.events ?? 0 };
    },
    async auditWithoutEvent(stretch, limit) {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT a.id FROM argus.remote_support_audit a WHERE a.at >= $1 AND a.at < $2
            AND NOT EXISTS (SELECT FROM argus.events e WHERE e.id = a.id) ORDER BY a.id LIMIT $3`,
        [...during(stretch), limit],
      );
      return rows.map((r) => r.id);
    },
    async eventsWithoutLeaf(stretch, limit) {
      const { rows } = await pool.query<Pick<EventRow, 'id' | 'tree' | 'leaf_index'>>(
        `SELECT e.id, e.tree, e.leaf_index FROM argus.events e WHERE e.at >= $1 AND e.at < $2
            AND NOT EXISTS (SELECT FROM argus.log_leaves l WHERE l.tree = e.tree AND l.seq = e.leaf_index) ORDER BY e.id LIMIT $3`,
        [...during(stretch), limit],
      );
      return rows;
    },
  };
}

/** From tree to tree by the index: DISTINCT would read every row there is. */
const TREES = `
WITH RECURSIVE signed AS (
  (SELECT tree FROM argus.log_checkpoints ORDER BY tree LIMIT 1)
  UNION ALL SELECT (SELECT c.tree FROM argus.log_checkpoints c WHERE c.tree > s.tree ORDER BY c.tree LIMIT 1) FROM signed s WHERE s.tree IS NOT NULL),
written AS (
  (SELECT tree FROM argus.log_leaves ORDER BY tree LIMIT 1)
  UNION ALL SELECT (SELECT l.tree FROM argus.log_leaves l WHERE l.tree > w.tree ORDER BY l.tree LIMIT 1) FROM written w WHERE w.tree IS NOT NULL)
SELECT tree COLLATE "C" AS tree FROM (SELECT tree FROM signed UNION SELECT tree FROM written) AS both_of WHERE tree IS NOT NULL ORDER BY 1`;

const EXACT = `AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const LEAVES = `
SELECT l.seq, l.bytes, l.leaf_hash,
       e.id AS e_id, to_char(e.at ${EXACT} AS e_at, e.source, e.type, e.tenant_id AS e_tenant, e.body::text AS body,
       a.id AS a_id, to_char(a.at ${EXACT} AS a_at, a.operator, a.ip, a.tenant_id AS a_tenant, a.agent_id, a.session_id, a.request_id, a.action,
       a.phase, a.outcome, a.code, a.gates_passed, a.reason, a.command, a.args
  FROM argus.log_leaves l
  LEFT JOIN argus.events e ON e.tree = l.tree AND e.leaf_index = l.seq
  LEFT JOIN argus.remote_support_audit a ON a.id = e.id
 WHERE l.tree = $1 AND l.seq >= $2 AND l.seq < $3 ORDER BY l.seq`;

type LeafRow = {
  seq: number; bytes: string; leaf_hash: Uint8Array;
  e_id: string | null; e_at: string; source: string; type: string; e_tenant: string | null; body: string;
  a_id: string | null; a_at: string; a_tenant: string | null;
} & Omit<StoredAudit, 'id' | 'at' | 'tenant_id'>;

/** Milliseconds, as we write them, unless there is more to it. */
const exactTime = (text: string): string => (text.endsWith('000Z') ? `${text.slice(0, -4)}Z` : text);

const recordedOf = (r: LeafRow, tree: TreeName): Recorded => ({
  seq: r.seq,
  bytes: r.bytes,
  leafHash: r.leaf_hash,
  event: r.e_id === null ? null : { id: r.e_id, at: exactTime(r.e_at), source: r.source, type: r.type, tenant_id: r.e_tenant, tree, leaf_index: r.seq, body: r.body },
  audit: r.a_id === null ? null : {
    id: r.a_id, at: exactTime(r.a_at), operator: r.operator, ip: r.ip, tenant_id: r.a_tenant, agent_id: r.agent_id, session_id: r.session_id,
    request_id: r.request_id, action: r.action, phase: r.phase, outcome: r.outcome, code: r.code, gates_passed: r.gates_passed,
    reason: r.reason, command: r.command, args: r.args,
  },
});

import type { AgentId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import { patiently } from '../../db/pools.ts';
import type { Enrollment, EvidenceStore } from '../../evidence/store.ts';

/** An entry that is not a word on an earlier one. */
const BEGINS = `(a.phase = 'intent' OR (a.phase = 'fact' AND a.action <> 'remote_support_late_outcome'))`;
const STEPS = `
WITH step AS (
  SELECT e.leaf_index, a.agent_id, a.request_id, a.phase
    FROM argus.remote_support_audit a JOIN argus.events e ON e.id = a.id
   WHERE a.session_id = $2 AND e.tree = $1 AND e.leaf_index >= $3 AND e.leaf_index < $4 AND ${BEGINS}
   ORDER BY e.leaf_index LIMIT $5)
SELECT s.leaf_index AS index, o.leaf_index AS answer
  FROM step s
  LEFT JOIN LATERAL (
    SELECT e.leaf_index FROM argus.remote_support_audit a JOIN argus.events e ON e.id = a.id
     WHERE s.phase = 'intent' AND a.agent_id = s.agent_id AND a.request_id = s.request_id AND a.request_id IS NOT NULL
       AND (a.phase = 'outcome' OR a.action = 'remote_support_late_outcome') AND e.tree = $1 AND e.leaf_index < $4) AS o ON true
 ORDER BY s.leaf_index, o.leaf_index`;

/** One look into an index for each: joined as two tables, so many at once make the planner read both of them whole. */
const HASHES = `
SELECT CASE WHEN p.level = 0 THEN (SELECT l.leaf_hash FROM argus.log_leaves l WHERE l.tree = $1 AND l.seq = p.idx)
            ELSE (SELECT n.hash FROM argus.log_nodes n WHERE n.tree = $1 AND n.level = p.level AND n.idx = p.idx) END AS hash
  FROM unnest($2::smallint[], $3::bigint[]) WITH ORDINALITY AS p(level, idx, at) ORDER BY p.at`;

const ENROLLMENTS = `
SELECT e.body ->> 'agent' AS agent, a.public_key, e.leaf_index AS index
  FROM argus.events e JOIN argus.agents a ON a.id = e.body ->> 'agent' AND a.tenant_id = $1
 WHERE e.tree = $1 AND e.type = 'agent_enrolled' AND e.body ->> 'outcome' = 'ok' AND a.public_key IS NOT NULL`;
type EnrollmentRow = { agent: AgentId; public_key: string; index: number };
const enrollmentOf = ({ agent, public_key: publicKey, index }: EnrollmentRow): Enrollment => ({ agent, publicKey, index });

/** Through the indexes of migration 0010; `weigh` leaves the texts where they are. */
export const postgresEvidence = (pool: Pool): EvidenceStore => ({
  async weigh(tree, { from, to }) {
    const { rows } = await pool.query<{ count: number; bytes: number }>(
      `SELECT count(*) AS count, coalesce(sum(octet_length(to_json(bytes)::text)), 0)::bigint AS bytes
         FROM argus.log_leaves WHERE tree = $1 AND seq >= $2 AND seq < $3`,
      [tree, from, to],
    );
    return rows[0] ?? { count: 0, bytes: 0 };
  },
  async leavesAt(tree, indexes) {
    const { rows } = await pool.query<{ seq: number; bytes: string }>('SELECT seq, bytes FROM argus.log_leaves WHERE tree = $1 AND seq = ANY ($2::bigint[]) ORDER BY seq', [tree, indexes]);
    return rows;
  },
  async checkpointsNear(tree, targets, below) {
    const { rows } = await pool.query<{ size: number; note: string }>(
      `SELECT DISTINCT c.size, c.note FROM unnest($2::bigint[]) AS t(size) CROSS JOIN LATERAL
              (SELECT size, note FROM argus.log_checkpoints WHERE tree = $1 AND size >= t.size AND size < $3 ORDER BY size LIMIT 1) AS c ORDER BY c.size`,
      [tree, targets, below],
    );
    return rows;
  },
  async entriesOf(tree, session, { from, below, limit }) {
    const { rows } = await pool.query<{ index: number }>(
      `SELECT e.leaf_index AS index FROM argus.remote_support_audit a JOIN argus.events e ON e.id = a.id
        WHERE a.session_id = $2 AND e.tree = $1 AND e.leaf_index >= $3 AND e.leaf_index < $4 ORDER BY e.leaf_index LIMIT $5`,
      [tree, session, from, below, limit],
    );
    return rows.map((r) => r.index);
  },
  async stepsOf(tree, session, { from, below, limit }) {
    const { rows } = await pool.query<{ index: number; answer: number | null }>(STEPS, [tree, session, from, below, limit]);
    const answers = Map.groupBy(rows, (r) => r.index);
    return [...answers].map(([index, all]) => ({ index, answers: all.flatMap((r) => r.answer ?? []) }));
  },
  async groundsAt(tenant, index) {
    const { rows } = await pool.query<{ index: number | null }>(
      `SELECT max(seq) AS index FROM argus.consent_history WHERE tenant_id = $1 AND seq < $2
       UNION ALL
       (SELECT leaf_index FROM argus.events WHERE tree = $1 AND type = 'tenant_armed' AND leaf_index < $2 AND body ->> 'outcome' = 'ok'
         ORDER BY leaf_index DESC LIMIT 1)`,
      [tenant, index],
    );
    return rows.flatMap((r) => r.index ?? []).toSorted((a, b) => a - b);
  },
  async enrollments(tenant, { from, below, limit }) {
    const { rows } = await pool.query<EnrollmentRow>(`${ENROLLMENTS} AND e.leaf_index >= $2 AND e.leaf_index < $3 ORDER BY e.leaf_index LIMIT $4`, [tenant, from, below, limit]);
    return rows.map(enrollmentOf);
  },
  async enrollmentOf(tenant, agent) {
    const { rows } = await pool.query<EnrollmentRow>(`${ENROLLMENTS} AND a.id = $2 ORDER BY e.leaf_index DESC LIMIT 1`, [tenant, agent]);
    return rows[0] ? enrollmentOf(rows[0]) : null;
  },
  async receipts(tenant, { from, below, limit }) {
    const { rows } = await pool.query<{ index: number; text: string }>(
      `SELECT seq AS index, consent ->> 'receipt' AS text FROM argus.consent_history
        WHERE tenant_id = $1 AND seq >= $2 AND seq < $3 AND consent ->> 'receipt' IS NOT NULL ORDER BY seq LIMIT $4`,
      [tenant, from, below, limit],
    );
    return rows;
  },
  async kept(tenant, { from, below, limit }) {
    const { rows } = await pool.query<{ index: number; bytes: number; key: string; signature: string }>(
      `SELECT seq AS index, length(sealed) AS bytes, sealed_to AS key, signature FROM argus.kept_results
        WHERE tenant_id = $1 AND seq >= $2 AND seq < $3 ORDER BY seq LIMIT $4`,
      [tenant, from, below, limit],
    );
    return rows;
  },
  async sealedAt(tenant, index) {
    const { rows } = await pool.query<{ sealed: Uint8Array }>('SELECT sealed FROM argus.kept_results WHERE tenant_id = $1 AND seq = $2', [tenant, index]);
    return rows[0]?.sealed ?? null;
  },
  async hashes(tree, places) {
    const { rows } = await pool.query<{ hash: Uint8Array | null }>(HASHES, [tree, places.map((p) => p.level), places.map((p) => p.index)]);
    return rows.map((r) => r.hash ?? new Uint8Array());
  },
  async nodeCount(tree) {
    // For a check of everything, over a tree of any size: it may take its time.
    const { rows } = await patiently<{ count: number }>(pool, { text: 'SELECT count(*) AS count FROM argus.log_nodes WHERE tree = $1', values: [tree] });
    return rows[0]?.count ?? 0;
  },
});

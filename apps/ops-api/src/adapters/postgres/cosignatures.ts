import type { AgentId, TenantId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import { patiently } from '../../db/pools.ts';
import type { Cosignature, CosignatureStore } from '../../ledger/cosignature.ts';

/** Not worth a flush of its own, which commands would have to share: a machine that is not on record is asked again. */
const ADD = `
INSERT INTO argus.log_cosignatures (tenant_id, agent_id, size, at, line)
SELECT c.tenant_id, c.agent_id, c.size, c.at, c.line
  FROM set_config('synchronous_commit', 'off', true) AS commit_soon,
       json_to_recordset($1::json) AS c(tenant_id text, agent_id text, size bigint, at timestamptz, line text)
ON CONFLICT DO NOTHING`;

/** The newest of each: one step per machine through the index, however many each has. */
const NEWEST = `
SELECT c.* FROM argus.agents a
 CROSS JOIN LATERAL (SELECT * FROM argus.log_cosignatures c WHERE c.tenant_id = a.tenant_id AND c.agent_id = a.id ORDER BY c.size DESC, c.at DESC LIMIT 1) AS c
 WHERE a.tenant_id = $1 AND ($2::text IS NULL OR a.id COLLATE "C" > $2) ORDER BY a.id COLLATE "C" LIMIT $3`;
const OF_ONE_SIZE = `
SELECT DISTINCT ON (agent_id COLLATE "C") * FROM argus.log_cosignatures
 WHERE tenant_id = $1 AND ($2::text IS NULL OR agent_id COLLATE "C" > $2) AND size = $4 ORDER BY agent_id COLLATE "C", at DESC LIMIT $3`;

type Row = { tenant_id: TenantId; agent_id: AgentId; size: number; at: number; line: string };
const cosignatureOf = (r: Row): Cosignature => ({ tenant: r.tenant_id, agent: r.agent_id, size: r.size, at: r.at, line: r.line });

export const postgresCosignatures = (pool: Pool): CosignatureStore => ({
  async add(cosignatures) {
    const rows = cosignatures.map(({ tenant, agent, size, at, line }) => ({ tenant_id: tenant, agent_id: agent, size, at: new Date(at).toISOString(), line }));
    await pool.query({ name: 'cosignatures_add', text: ADD, values: [JSON.stringify(rows)] });
  },
  async newestSize(agent) {
    const { rows } = await pool.query<{ size: number }>({
      name: 'cosignatures_newest',
      text: 'SELECT size FROM argus.log_cosignatures WHERE agent_id = $1 ORDER BY size DESC LIMIT 1',
      values: [agent],
    });
    return rows[0]?.size ?? null;
  },
  async list(tenant, { size, after, limit }) {
    const { rows } = size === null ? await pool.query<Row>(NEWEST, [tenant, after, limit]) : await pool.query<Row>(OF_ONE_SIZE, [tenant, after, limit, size]);
    return rows.map(cosignatureOf);
  },
  async keep() {
    await patiently(pool, { text: 'SELECT argus.keep_log_cosignatures()' }); // once a day, over what a day has left
  },
});

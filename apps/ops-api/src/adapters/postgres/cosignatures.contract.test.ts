import { testDatabase } from '@argus/testkit/postgres.ts';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { openPool } from '../../db/pools.ts';
import { cosignaturesContract } from '../cosignatures.contract.ts';
import { postgresStores } from './stores.ts';

async function opened() {
  const db = await testDatabase();
  const pool = openPool({ connection: db.runtime, max: 4, say: () => undefined });
  return {
    db,
    stores: postgresStores(pool),
    close: async () => {
      await pool.end();
      await db.drop();
    },
  };
}
cosignaturesContract('postgres, as the runtime role', opened);

/** Guarantee: the rule of the database decides what goes, and keeps what an owner would ask for. */
test('what is thinned out is never the newest of a machine, nor of the last day, nor the last of a day of the last year', async () => {
  const { db, stores, close } = await opened();
  const owner = new Client(db.owner);
  await owner.connect();
  try {
    const put = (agent: string, size: number, age: string) =>
      owner.query(`INSERT INTO argus.log_cosignatures (tenant_id, agent_id, size, at, line, recorded_at) VALUES ('T_1', $1, $2, now(), 'x', CASE WHEN $3::interval < '1 day' THEN now() ELSE date_trunc('day', now()) END - $3::interval)`, [agent, size, age]);
    await put('agent_a', 1, '3 days 20 hours');
    await put('agent_a', 2, '3 days 10 hours'); // the last of its day
    await put('agent_a', 3, '1 hour');
    await put('agent_a', 4, '30 minutes');
    await put('agent_b', 1, '500 days');
    await put('agent_b', 2, '400 days'); // the newest of its machine
    await put('agent_c', 1, '500 days');
    await put('agent_c', 2, '40 minutes');
    await stores.cosignatures.keep();
    const { rows } = await owner.query<{ kept: string }>(`SELECT agent_id || ' ' || size AS kept FROM argus.log_cosignatures ORDER BY 1`);
    expect(rows.map((row) => row.kept)).toEqual(['agent_a 2', 'agent_a 3', 'agent_a 4', 'agent_b 2', 'agent_c 2']);
  } finally {
    await owner.end();
    await close();
  }
});

test('the runtime role takes nothing away, and cannot make a row old', async () => {
  const { db, close } = await opened();
  const runtime = new Client(db.runtime);
  await runtime.connect();
  try {
    const refused = async (text: string) => runtime.query(text).then(() => 'allowed', (problem: { code?: string }) => problem.code);
    expect(await refused('DELETE FROM argus.log_cosignatures')).toBe('42501');
    expect(await refused(`UPDATE argus.log_cosignatures SET line = 'x'`)).toBe('42501');
    expect(await refused(`INSERT INTO argus.log_cosignatures (tenant_id, agent_id, size, at, line, recorded_at) VALUES ('T_1', 'a', 1, now(), 'x', now())`)).toBe('42501');
    expect(await refused(`INSERT INTO argus.log_cosignatures (tenant_id, agent_id, size, at, line) VALUES ('T_1', 'a', 1, now(), 'x')`)).toBe('allowed');
  } finally {
    await runtime.end();
    await close();
  }
});

import { mustId } from '@argus/protocol/ids.ts';
import { testDatabase, type TestDatabase } from '@argus/testkit/postgres.ts';
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AgentsAsked } from '../../agents/presence.ts';
import { openPool } from '../../db/pools.ts';
import { postgresAgentList } from './agent-list.ts';

/** So many that looking at each of them would show, and few enough to be there in a moment. */
const FLEET = 4_000;
const HERE = { node: mustId('node', `node_${'a'.repeat(20)}`), epoch: 1, now: Date.now() };
const TOP: AgentsAsked = { tenants: null, words: [], state: undefined, sort: 'state', order: 'up', offset: 0, limit: 100 };

let db: TestDatabase;
let pool: Pool;
let owner: Client;
beforeAll(async () => {
  db = await testDatabase();
  pool = openPool({ connection: db.runtime, max: 4, say: () => undefined });
  owner = new Client(db.owner);
  await owner.connect();
  await owner.query(`INSERT INTO argus.tenants (id, name, created_at) VALUES ('FLEET', 'Fleet', now())`);
  await owner.query(
    `INSERT INTO argus.agents (id, tenant_id, created_at, public_key, sealed_passkey)
       SELECT format('agent_f_%s', to_char(n, 'FM00000')), 'FLEET', now(), 'key ' || n, 'passkey' FROM generate_series(1, $1::int) AS n`,
    [FLEET],
  );
  await owner.query(`INSERT INTO argus.agent_seen SELECT id, now() FROM argus.agents`);
  for (const node of ['a', 'b', 'c'])
    await owner.query(`INSERT INTO argus.nodes (id, epoch, started_at, beat, beaten_at) VALUES ($1, 1, now(), 1, now() + interval '1 hour')`, [`node_${node.repeat(20)}`]);
  await owner.query(
    `INSERT INTO argus.agent_lines (connection, agent_id, node, epoch, came_at)
       SELECT 'con_' || id, id, 'node_' || repeat(substr('abc', 1 + right(id, 5)::int % 3, 1), 20), 1, now() FROM argus.agents WHERE right(id, 1) <> '7'`,
  );
  await owner.query('ANALYZE argus.agents, argus.agent_lines, argus.agent_seen');
});
afterAll(async () => {
  await owner.end();
  await pool.end();
  await db.drop();
});

type Plan = { readonly 'Node Type': string; readonly 'Relation Name'?: string; readonly 'Actual Rows': number; readonly 'Actual Loops': number; readonly 'Rows Removed by Filter'?: number; readonly Plans?: readonly Plan[] };
const all = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(all)];
const rowsOf = (plan: Plan): number => (plan['Relation Name'] ? (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops'] : 0);

/** How many rows of all tables were read until it was known which machines are on this page. */
async function rowsRead(asked: Partial<AgentsAsked>): Promise<number> {
  const read: number[] = [];
  const explaining = {
    async query(text: string, values: unknown[]) {
      if (text.includes('OFFSET')) {
        const { rows: [explained] } = await pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
        const limit = all((explained as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'][0].Plan).find((plan) => plan['Node Type'] === 'Limit');
        read.push(limit ? all(limit).reduce((sum, plan) => sum + rowsOf(plan), 0) : Number.POSITIVE_INFINITY);
      }
      return pool.query(text, values);
    },
  } as unknown as Pool; // what is asked of it is asked of the real one
  const { agents } = await postgresAgentList(explaining).page({ ...TOP, ...asked }, HERE);
  expect(agents).toHaveLength(100);
  return Math.max(...read);
}

test('the first of thousands of machines are read, and not the others, whichever way they are sorted by state or name', async () => {
  for (const asked of [{}, { state: 'online' }, { sort: 'agent' }, { sort: 'agent', order: 'down' }, { words: ['agent_f'] }] as const)
    expect(await rowsRead(asked), JSON.stringify(asked)).toBeLessThan(FLEET / 4);
});

test('a machine that goes while its page is put together is on it once', async () => {
  await owner.query(`INSERT INTO argus.tenants (id, name, created_at) VALUES ('PAIR', 'Pair', now())`);
  await owner.query(`INSERT INTO argus.agents (id, tenant_id, created_at, public_key, sealed_passkey) SELECT 'agent_pair_' || n, 'PAIR', now(), 'key', 'passkey' FROM generate_series(1, 2) AS n`);
  await owner.query(`INSERT INTO argus.agent_lines (connection, agent_id, node, epoch, came_at) SELECT 'con_' || id, id, $1, 1, now() FROM argus.agents WHERE tenant_id = 'PAIR'`, [HERE.node]);
  let isGone = false;
  const leaving = {
    async query(text: string, values: unknown[]) {
      const answer = await pool.query(text, values);
      if (text.includes('OFFSET') && !isGone) await owner.query(`UPDATE argus.agent_lines SET went_at = now() + interval '1 second' WHERE agent_id = 'agent_pair_1'`);
      isGone ||= text.includes('OFFSET');
      return answer;
    },
  } as unknown as Pool; // the real one, and something that happens behind its back
  const { agents } = await postgresAgentList(leaving).page({ ...TOP, tenants: [mustId('tenant', 'PAIR')] }, HERE);
  expect(agents.map(({ id, state }) => `${id} ${state}`)).toEqual(['agent_pair_1 online', 'agent_pair_2 online']);
  expect((await postgresAgentList(pool).page({ ...TOP, tenants: [mustId('tenant', 'PAIR')] }, HERE)).agents.map(({ id, state }) => `${id} ${state}`)).toEqual(['agent_pair_2 online', 'agent_pair_1 offline']);
});

/** An index on it would be written at every sign of life of every machine: a time that only the table holds finds room beside the old one. */
test('a sign of life is written into its row and into no index', async () => {
  const { rows } = await owner.query<{ indexdef: string }>(`SELECT indexdef FROM pg_indexes WHERE schemaname = 'argus' AND tablename = 'agent_seen'`);
  expect(rows.map(({ indexdef }) => /\((.*)\)/.exec(indexdef)?.[1])).toEqual(['agent_id']);
});

import { type TestDatabase, testDatabase } from '@argus/testkit/postgres.ts';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPool } from './pools.ts';
import { refuseTooMuchPower, refuseUnsafeServer } from './server-checks.ts';

const said: string[] = [];
let db: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  db = await testDatabase();
  pool = openPool({ connection: db.runtime, max: 2, say: (line) => void said.push(line) });
});
afterAll(async () => {
  await pool.end();
  await db.drop();
});

test('bigint is a number as long as it can be one exactly', async () => {
  const { rows } = await pool.query(
    'select 9007199254740991::bigint as most, count(*) as n, -3::bigint as less, null::bigint as none',
  );
  expect(rows).toEqual([{ most: 9_007_199_254_740_991, n: 1, less: -3, none: null }]);
  await expect(pool.query('select 9007199254740992::bigint')).rejects.toThrow('larger than we can keep exactly');
  expect((await pool.query('select 1 as still_works')).rows).toEqual([{ still_works: 1 }]);
});

test('timestamptz is epoch milliseconds, whatever zone the session has', async () => {
  const client = await pool.connect();
  await client.query(`set timezone = 'Asia/Kathmandu'`);
  const { rows } = await client.query(`select '2026-02-03T04:05:06.789Z'::timestamptz as at, to_timestamp(0) as epoch`);
  client.release(true);
  expect(rows).toEqual([{ at: Date.UTC(2026, 1, 3, 4, 5, 6, 789), epoch: 0 }]);
  await expect(pool.query(`select 'infinity'::timestamptz`)).rejects.toThrow('not a moment');
});

test("other pools in the process keep the driver's types", async () => {
  const other = new Pool(db.runtime);
  expect((await other.query('select 1::bigint as x')).rows).toEqual([{ x: '1' }]);
  await other.end();
});

test('a connection that breaks while idle ends nobody, is told without secrets, and the next query works', async () => {
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  const other = new Pool({ ...db.runtime, max: 1 });
  other.on('error', () => undefined);
  await other.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
  await expect.poll(() => said.length).toBeGreaterThan(0);
  expect(said.join()).toContain('A database connection broke (57P01');
  expect(said.join()).not.toContain(String(db.runtime.password));
  expect((await pool.query('select 1 as x')).rows).toEqual([{ x: 1 }]);
  await other.end();
});

test('every session has bounds', async () => {
  const { rows } = await pool.query(`
    select current_setting('statement_timeout') as s, current_setting('idle_in_transaction_session_timeout') as i,
           current_setting('lock_timeout') as l, current_setting('application_name') as a`);
  expect(rows).toEqual([{ s: '3s', i: '30s', l: '2s', a: 'argus-ops-api' }]);
});

test('the runtime role passes both checks; a role that could rewrite the audit does not', async () => {
  await refuseUnsafeServer(pool);
  await refuseTooMuchPower(pool);
  for (const [connection, sentence] of [
    [db.owner, /argus_owner, who owns/],
    [db.admin, /argus_admin, who is a superuser/],
  ] as const) {
    const powerful = new Pool({ ...connection, max: 1 });
    await expect(refuseTooMuchPower(powerful)).rejects.toThrow(sentence);
    await powerful.end();
  }
});

test('a session that does not wait for the disk is refused', async () => {
  const careless = new Pool({ ...db.runtime, max: 1, options: '-c synchronous_commit=off' });
  await expect(refuseUnsafeServer(careless)).rejects.toThrow('runs with synchronous_commit off');
  await careless.end();
});

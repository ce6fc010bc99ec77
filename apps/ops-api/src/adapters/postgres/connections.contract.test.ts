import { type TestDatabase, testDatabase } from '@argus/testkit/postgres.ts';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPool } from '../../db/pools.ts';
import { connections } from './connections.ts';

let db: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  db = await testDatabase();
  pool = openPool({ connection: db.runtime, max: 2, say: () => undefined });
});
afterAll(async () => {
  await pool.end();
  await db.drop();
});

const backendOf = (link: ReturnType<typeof connections>): Promise<number> =>
  link.use(async (client) => (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? Number.NaN);
const burn = (nonce: string) => ({ text: `INSERT INTO argus.nonces (purpose, nonce, expires_at) VALUES ('activation', $1, now())`, values: [Buffer.from(nonce)] });
const isBurnt = async (nonce: string) => (await pool.query('SELECT FROM argus.nonces WHERE nonce = $1', [Buffer.from(nonce)])).rowCount === 1;

test('a statement the server refuses is an answer: the connection stays, and nothing is in doubt', async () => {
  const link = connections(pool);
  const before = await backendOf(link);
  await expect(link.use((client) => client.query('SELECT 1 / 0'))).rejects.toThrow('division by zero');
  expect(await backendOf(link)).toBe(before);
  expect(await link.settle()).toBe(true);
});

/** Guarantee: after `settle` said yes, whoever might still have carried out an unanswered commit is gone. */
test('a server process that hangs is given up within seconds, and settled only when it is gone', async () => {
  const link = connections(pool);
  const pid = await backendOf(link);
  process.kill(pid, 'SIGSTOP');
  try {
    const started = performance.now();
    await expect(link.use((client) => client.query(burn('hangs')))).rejects.toThrow('Query read timeout');
    expect(performance.now() - started).toBeLessThan(6_000);
    expect(await link.settle()).toBe(false);
    expect(await isBurnt('hangs')).toBe(false);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await expect.poll(() => link.settle(), { timeout: 5_000 }).toBe(true);
  expect((await pool.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).rowCount).toBe(0);
});

test('a server process that dies under a statement is settled at once', async () => {
  const link = connections(pool);
  const dying = link.use((client) => client.query('SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(2)'));
  await expect(dying).rejects.toThrow(/terminating connection/);
  await expect.poll(() => link.settle(), { timeout: 5_000 }).toBe(true);
});

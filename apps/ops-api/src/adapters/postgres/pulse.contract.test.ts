import { newHandle } from '@argus/protocol/ids.ts';
import { testDatabase, type TestDatabase } from '@argus/testkit/postgres.ts';
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom, START } from '../../../test/sample.ts';
import { openPool } from '../../db/pools.ts';
import { databasePulse } from './pulse.ts';
import { postgresStores } from './stores.ts';

const node = newHandle('node', seededRandom('pulse'));
let db: TestDatabase;
let pool: Pool;
let owner: Client;
beforeAll(async () => {
  db = await testDatabase();
  pool = openPool({ connection: db.runtime, max: 2, say: () => undefined });
  owner = new Client(db.owner);
  await owner.connect();
  await postgresStores(pool).founding.nextEpoch(node, START);
});
afterAll(async () => {
  await owner.end();
  await pool.end();
  await db.drop();
});

test('a database that takes a write is well, and nothing in it is another than before', async () => {
  const rows = async () => (await owner.query('SELECT * FROM argus.nodes')).rows as unknown;
  const before = await rows();
  expect(await databasePulse(pool, node)()).toBe(true);
  expect(await rows()).toEqual(before);
});

test('one that only reads is not', async () => {
  const readOnly = openPool({ connection: { ...db.runtime, options: '-c default_transaction_read_only=on' }, max: 1, say: () => undefined });
  expect(await databasePulse(readOnly, node)()).toBe(false);
  await readOnly.end();
});

test('one that does not know this node is not ours', async () => {
  expect(await databasePulse(pool, newHandle('node', seededRandom('somebody else')))()).toBe(false);
});

test('one where a lock is in the way says no before anybody else has given up', async () => {
  await owner.query('BEGIN');
  await owner.query('LOCK TABLE argus.nodes IN ACCESS EXCLUSIVE MODE');
  const from = performance.now();
  expect(await databasePulse(pool, node)()).toBe(false);
  expect(performance.now() - from).toBeLessThan(4_000);
  await owner.query('ROLLBACK');
});

test('one that is gone is not well, and that is no error', async () => {
  const gone = openPool({ connection: { ...db.runtime, database: 'no_such_database' }, max: 1, say: () => undefined });
  expect(await databasePulse(gone, node)()).toBe(false);
  await gone.end();
});

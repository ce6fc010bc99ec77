import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase, testServer, type TestDatabase } from '@argus/testkit/postgres.ts';
import { Client, type ClientConfig, type QueryResultRow } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { migrate } from './migrate.ts';

const said: string[] = [];
const server = testServer();
let db: TestDatabase;
let directory: string;

beforeAll(async () => {
  db = await testDatabase({ empty: true });
});
afterAll(() => db.drop());
beforeEach(async () => {
  said.length = 0;
  directory = await mkdtemp(join(tmpdir(), 'argus-migrations-'));
  await query(db.admin, 'drop schema if exists argus cascade');
  await write('0001_first.sql', 'create table argus.one (x int);');
});
afterEach(() => rm(directory, { recursive: true }));

const write = (name: string, sql: string): Promise<void> => writeFile(join(directory, name), sql);
const run = (): ReturnType<typeof migrate> =>
  migrate({ connection: db.admin, passwords: server.passwords, directory, say: (line) => void said.push(line) });

async function query(connection: ClientConfig, sql: string): Promise<readonly QueryResultRow[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
const tables = async (): Promise<readonly unknown[]> =>
  (await query(db.admin, `select tablename, tableowner from pg_tables where schemaname = 'argus' order by 1`)).map(
    (row) => `${row['tablename']} of ${row['tableowner']}`,
  );

test('files run in order, once, and what they make belongs to the owner', async () => {
  await write('0002_second.sql', 'alter table argus.one add y int; create table argus.two (x int);');
  expect(await run()).toEqual({ applied: ['0001_first.sql', '0002_second.sql'] });
  expect(await run()).toEqual({ applied: [] });
  await write('0003_third.sql', 'create table three (x int);');
  expect(await run()).toEqual({ applied: ['0003_third.sql'] });
  expect(await tables()).toEqual(['one', 'schema_migrations', 'three', 'two'].map((name) => `${name} of argus_owner`));
  expect(said).toEqual(
    ['0001_first.sql', '0002_second.sql', '0003_third.sql'].map((name) => `Applying the migration ${name}.`),
  );
});

test('of many migrators at once, each file is run by one', async () => {
  await write('0002_slow.sql', 'select pg_sleep(0.2); create table argus.two (x int);');
  const all = await Promise.all([run(), run(), run(), run()]);
  expect(all.flatMap((one) => one.applied).toSorted()).toEqual(['0001_first.sql', '0002_slow.sql']);
});

test('a file that was changed after it ran stops everything', async () => {
  await run();
  await write('0001_first.sql', 'create table argus.one (x bigint);');
  await write('0002_second.sql', 'create table argus.two (x int);');
  await expect(run()).rejects.toThrow('The migration 0001_first.sql was changed after the database had run it.');
  expect(await tables()).toEqual(['one of argus_owner', 'schema_migrations of argus_owner']);
});

test('a database that is newer than the code is left alone', async () => {
  await write('0002_second.sql', 'create table argus.two (x int);');
  await run();
  await rm(join(directory, '0002_second.sql'));
  await expect(run()).rejects.toThrow('The database is newer than this Argus: it has the migration 0002_second.sql');
});

test('a file that fails leaves nothing of itself, and the sentence names file and line', async () => {
  await write('0002_broken.sql', 'create table argus.two (x int);\n\ncreate table argus.three (x nonsense);');
  await expect(run()).rejects.toThrow(
    /The migration 0002_broken\.sql failed and left no trace: type "nonsense" does not exist \(42704, line 3\)/,
  );
  expect(await tables()).toEqual(['one of argus_owner', 'schema_migrations of argus_owner']);
});

test('only the three roles may connect, and nobody has the schema public', async () => {
  await run();
  const [rights] = await query(
    db.admin,
    `
    select has_database_privilege('public', current_database(), 'connect') as anybody_connects,
           has_schema_privilege('public', 'public', 'usage') as anybody_uses_public,
           has_schema_privilege('argus_runtime', 'argus', 'create') as runtime_makes_tables,
           has_database_privilege('argus_runtime', current_database(), 'create, temporary') as runtime_makes_schemas`,
  );
  expect(rights).toEqual({
    anybody_connects: false,
    anybody_uses_public: false,
    runtime_makes_tables: false,
    runtime_makes_schemas: false,
  });
  expect(
    await query(db.runtime, `select current_setting('statement_timeout') as s, current_setting('lock_timeout') as l`),
  ).toEqual([{ s: '15s', l: '5s' }]);
  await expect(query(db.runtime, 'set role argus_owner')).rejects.toThrow('permission denied');
  await expect(query(db.runtime, 'create table argus.mine (x int)')).rejects.toThrow('permission denied');
});

test('a schema argus that belongs to somebody else is not taken over', async () => {
  await query(db.admin, 'create schema argus');
  await expect(run()).rejects.toThrow('has a schema argus that belongs to argus_admin');
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { testServer } from '@argus/testkit/postgres.ts';
import { type Scratch, scratchDataDir } from '@argus/testkit/scratch-data-dir.ts';
import { Client, type ClientConfig } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEmbeddedPostgres } from '../adapters/embedded-postgres/open.ts';
import { readDatabasePassword } from '../adapters/embedded-postgres/passwords.ts';
import { embeddedConnection } from './embedded-database.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await scratchDataDir();
});
afterAll(() => scratch.remove());

type Ended = { readonly code: number; readonly out: string; readonly said: string };

async function prepare(env: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'prepare.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: Number(code), out, said };
}

async function connected<T>(connection: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

type Answer = {
  readonly socketDir: string;
  readonly port: number;
  readonly database: string;
  readonly pid: number;
  readonly adopted: boolean;
};

test('it leaves a migrated database, one line that says where, and no secret in what it printed', async () => {
  const first = await prepare({ ARGUS_DATA_DIR: scratch.dataDir });
  expect(first).toMatchObject({
    code: 0,
    said: expect.stringContaining('Applying the migration 0001_roles_and_schema.sql.'),
  });
  const answer = JSON.parse(first.out) as Answer;
  expect(answer).toEqual({
    socketDir: expect.any(String),
    port: 5432,
    database: 'argus',
    pid: expect.any(Number),
    adopted: false,
  });
  const again = await prepare({ ARGUS_DATA_DIR: scratch.dataDir });
  expect({ ...again, out: JSON.parse(again.out) as unknown }).toEqual({
    code: 0,
    said: '',
    out: { ...answer, adopted: true },
  });

  const secrets = await Promise.all(
    (await readdir(join(scratch.dataDir, 'secrets'))).map((name) =>
      readFile(join(scratch.dataDir, 'secrets', name), 'utf8'),
    ),
  );
  for (const secret of secrets) expect(first.out + first.said).not.toContain(secret.trim());
});

test('what our roles send does not reach the server log, not even in its errors', async () => {
  const { out } = await prepare({ ARGUS_DATA_DIR: scratch.dataDir });
  const password = (await readDatabasePassword(scratch.dataDir, 'runtime')) ?? '';
  await connected(embeddedConnection(JSON.parse(out) as Answer, 'runtime', password), async (client) => {
    await expect(client.query(`select 'a-literal-from-somebody'::int`)).rejects.toThrow('a-literal-from-somebody');
  });
  const logs = join(scratch.dataDir, 'postgres', 'log');
  for (const name of await readdir(logs))
    expect(await readFile(join(logs, name), 'utf8')).not.toContain('a-literal-from-somebody');
});

// Roles are the server's, not the database's: on the shared server this would disturb other tests.
test.each([
  ['alter role argus_auditor createdb', 'alter role argus_auditor nocreatedb', 'argus_auditor may do what a superuser'],
  [
    'grant argus_owner to argus_auditor',
    'revoke argus_owner from argus_auditor',
    'argus_auditor is a member of argus_owner',
  ],
])('%s: a role with more power than it should have is refused', async (give, take, sentence) => {
  const { out } = await prepare({ ARGUS_DATA_DIR: scratch.dataDir });
  const admin = embeddedConnection(
    JSON.parse(out) as Answer,
    'admin',
    (await readDatabasePassword(scratch.dataDir, 'admin')) ?? '',
  );
  await connected(admin, (client) => client.query(give));
  expect(await prepare({ ARGUS_DATA_DIR: scratch.dataDir })).toMatchObject({
    code: 1,
    out: '',
    said: expect.stringContaining(sentence),
  });
  await connected(admin, (client) => client.query(take));
  expect((await prepare({ ARGUS_DATA_DIR: scratch.dataDir })).code).toBe(0);
});

test.each([
  [{}, 'ARGUS_DATA_DIR is not set'],
  [
    { ARGUS_DATA_DIR: '/nonexistent', DATABASE_URL: 'postgres://argus_runtime:x@db/argus' },
    'ARGUS_DATABASE_OWNER_URL is not',
  ],
] as const)('%j is answered with a sentence', async (env, sentence) => {
  expect(await prepare(env)).toEqual({ code: 1, out: '', said: expect.stringContaining(sentence) });
});

/** A second embedded server plays the one somebody else runs. */
describe('a server somebody else runs', () => {
  let theirs: Scratch;
  let ownerUrl: string;
  let runtimeUrl: string;
  let admin: ClientConfig;
  const ours = (): string => join(scratch.folder, 'ours');

  beforeAll(async () => {
    theirs = await scratchDataDir();
    const server = await openEmbeddedPostgres({ dataDir: theirs.dataDir, packaged: testServer().programs, say: () => undefined });
    admin = embeddedConnection(server, 'admin', await server.passwordOf('admin'), 'postgres');
    await connected(admin, async (client) => {
      // Neither a superuser nor called as we would: what a hosted PostgreSQL hands out.
      await client.query(`create role landlord login createrole createdb password 'let-me-in'`);
      await client.query('create database support owner landlord');
    });
    const at = `localhost/support?host=${server.socketDir}`;
    ownerUrl = `postgres://landlord:let-me-in@${at}`;
    runtimeUrl = `postgres://argus_runtime:chosen-by-them@${at}`;
    await mkdir(ours());
  });
  afterAll(() => theirs.remove());

  const run = (more: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    prepare({ ARGUS_DATA_DIR: ours(), ARGUS_DATABASE_OWNER_URL: ownerUrl, DATABASE_URL: runtimeUrl, ...more });

  test('is migrated by a role that is no superuser, with the runtime password they chose', async () => {
    expect(await run()).toEqual({
      code: 0,
      out: '{"external":true,"database":"support"}\n',
      said: expect.stringContaining('0001_roles_and_schema.sql'),
    });
    expect(
      await connected({ connectionString: runtimeUrl }, async (c) => (await c.query('select current_user as me')).rows),
    ).toEqual([{ me: 'argus_runtime' }]);
    expect((await run()).code).toBe(0);
  });

  test('a role whose password we do not know is left alone, and the sentence says what to do', async () => {
    expect(await run({ DATABASE_URL: runtimeUrl.replace('chosen-by-them', 'guessed') })).toEqual({
      code: 1,
      out: '',
      said: expect.stringMatching(
        /has a role argus_runtime already, and the password we have is refused\..*or into DATABASE_URL/,
      ),
    });
    const file = join(ours(), 'secrets', 'db-owner.password');
    const kept = await readFile(file, 'utf8');
    await rm(file);
    expect((await run()).said).toContain('has a role argus_owner already');
    await writeFile(file, kept, { mode: 0o600 });
    expect((await run()).code).toBe(0);
  });

  test('one that forgets what it acknowledged is refused', async () => {
    await connected(admin, (c) => c.query('alter database support set synchronous_commit = off'));
    expect(await run()).toMatchObject({
      code: 1,
      said: expect.stringContaining('The database runs with synchronous_commit off'),
    });
    await connected(admin, (c) => c.query('alter database support reset synchronous_commit'));
  });
});

import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddedConnection } from '@argus/ops-api/db/embedded-database.ts';
import { testServer } from '@argus/testkit/postgres.ts';
import { type Scratch, scratchDataDir } from '@argus/testkit/scratch-data-dir.ts';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedPostgres, openEmbeddedPostgres } from './open.ts';
import { DATABASE_ROLES, passwordFile } from './passwords.ts';

let scratch: Scratch;
let server: EmbeddedPostgres;
let admin: Client;

beforeAll(async () => {
  scratch = await scratchDataDir();
  server = await openEmbeddedPostgres({ dataDir: scratch.dataDir, packaged: testServer().programs, say: () => undefined });
  admin = new Client(embeddedConnection(server, 'admin', await server.passwordOf('admin'), 'postgres'));
  await admin.connect();
  for (const role of ['owner', 'runtime', 'auditor'] as const) {
    await admin.query(`create role argus_${role} login password '${await server.passwordOf(role)}'`);
  }
});
afterAll(async () => {
  await admin.end();
  await scratch.remove();
});

test.each(DATABASE_ROLES)('%s with a wrong password or none is refused, also over the socket', async (role) => {
  for (const password of ['wrong', '']) {
    const client = new Client(embeddedConnection(server, role, password, 'postgres'));
    client.on('error', () => undefined);
    await expect(client.connect()).rejects.toThrow(/password/);
  }
  const right = new Client(embeddedConnection(server, role, await server.passwordOf(role), 'postgres'));
  await right.connect();
  await right.end();
});

test('its rules know nothing but scram, and it listens to nothing but its socket', async () => {
  const { rows: rules } = await admin.query('select distinct auth_method from pg_hba_file_rules');
  expect(rules).toEqual([{ auth_method: 'scram-sha-256' }]);
  const { rows: settings } = await admin.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings
      where name in ('listen_addresses', 'fsync', 'ssl', 'data_checksums', 'log_statement', 'server_encoding')`,
  );
  expect(Object.fromEntries(settings.map((s) => [s.name, s.setting]))).toEqual({
    data_checksums: 'on',
    fsync: 'on',
    listen_addresses: '',
    log_statement: 'none',
    server_encoding: 'UTF8',
    ssl: 'off',
  });
  expect((await stat(server.socketDir)).mode & 0o777).toBe(0o700);
});

test('no file of the cluster can turn durability off', async () => {
  await admin.query('alter system set fsync = off');
  await admin.query('select pg_reload_conf()');
  expect((await admin.query('show fsync')).rows).toEqual([{ fsync: 'on' }]);
  await admin.query('alter system reset fsync');
});

test('no password is in a command line, an environment or a log, and each is in a file only we can read', async () => {
  const passwords = await Promise.all(DATABASE_ROLES.map((role) => server.passwordOf(role)));
  expect(new Set(passwords).size).toBe(DATABASE_ROLES.length);
  const seen = [
    await readFile(`/proc/${server.pid}/cmdline`, 'utf8'),
    await readFile(`/proc/${server.pid}/environ`, 'utf8'),
    await readFile(join(scratch.dataDir, 'postgres-start.log'), 'utf8'),
  ];
  const logs = join(server.cluster, 'log');
  for (const name of await readdir(logs)) seen.push(await readFile(join(logs, name), 'utf8'));
  expect(seen.join()).toContain('database system is ready');
  for (const password of passwords) expect(seen.join()).not.toContain(password);
  for (const role of DATABASE_ROLES) expect((await stat(passwordFile(scratch.dataDir, role))).mode & 0o777).toBe(0o600);
});

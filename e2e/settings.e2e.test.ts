import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDatabasePassword, roleName } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { readPostmaster } from '@argus/ops-api/adapters/embedded-postgres/postmaster.ts';
import { beforeAll, expect, test } from 'vitest';
import { ask } from './http.ts';
import { newInstallation, newPat, refusedStart, settings, startOpsApi, stopDatabase, type Installation, type OpsApi } from './ops-api.ts';
import { atTheEnd } from './teardown.ts';

const anotherKey = () => randomBytes(32).toString('hex');

let installation: Installation;
let api: OpsApi;
beforeAll(async () => {
  installation = await newInstallation();
  api = await startOpsApi(installation);
});

test('all problems with the settings are listed at one start, by name, and no value is echoed', async () => {
  const file = join(installation.dataDir, 'a-file');
  await writeFile(file, '');
  const { end, said } = await refusedStart({
    ARGUS_OPS_TOKNE: 'misspelt-value',
    REMOTE_SUPPORT_OPERATOR_CIDRS: '10.1.2.3/8,300.1.1.1/24',
    ARGUS_OPS_TOKEN: 'short-value',
    ARGUS_DATA_DIR: join(file, 'below'),
    REMOTE_SUPPORT_ENABLED: 'maybe-value',
    ARGUS_LISTEN: 'everywhere-value',
    ARGUS_TLS_CERT: '/nowhere/certificate-value.pem',
    DATABASE_URL: 'mysql-value://root',
  });
  expect(end).toBe('exit 2');
  const complaints = said.trim().split('\n').slice(1).map((line) => line.trim().split(' ')[0]);
  expect(new Set(complaints)).toEqual(
    new Set([
      'ARGUS_OPS_TOKNE',
      'REMOTE_SUPPORT_OPERATOR_CIDRS',
      'ARGUS_OPS_TOKEN',
      'ARGUS_DATA_DIR',
      'REMOTE_SUPPORT_ENABLED',
      'ARGUS_LISTEN',
      'ARGUS_TLS_CERT',
      'DATABASE_URL',
      'ARGUS_MASTER_KEY',
    ]),
  );
  expect(said).toContain('did you mean ARGUS_OPS_TOKEN?');
  expect(said).not.toMatch(/-value|10\.1\.2\.3|300\.1/);
});

test('an address that is not loopback needs TLS or a trusted proxy', async () => {
  const { end, said } = await refusedStart({ ...installation.env, ARGUS_LISTEN: '0.0.0.0:0' });
  expect(end).toBe('exit 2');
  expect(said).toContain('ARGUS_LISTEN is not loopback');
});

test('a second ops API on a data dir is refused with a sentence that names the first, which goes on', async () => {
  const { end, said } = await refusedStart(installation.env);
  expect(end).toBe('exit 2');
  expect(said.trim()).toBe(
    `Another ops API (process ${api.pid}) uses the data dir ${installation.dataDir}. ` +
      'Stop that one first, or start this one with ARGUS_DATA_DIR set to another folder.',
  );
  await expectReady();
});

test('a port that is taken is a sentence with what to do, and no database is left running', async () => {
  const other = await newInstallation();
  const { host } = new URL(api.url);
  const { end, said } = await refusedStart({ ...other.env, ARGUS_LISTEN: host });
  expect(end).toBe('exit 2');
  expect(said).toContain(`Another program listens on ${host} already. Stop that one, or name another port: ARGUS_LISTEN=127.0.0.1:PORT.`);
  expect(said).not.toContain('EADDRINUSE');
  expect(await readPostmaster(join(other.dataDir, 'postgres'))).toBeNull();
});

test('a login that could rewrite the audit is refused', async () => {
  const password = (await readDatabasePassword(installation.dataDir, 'admin')) ?? '';
  const server = await readPostmaster(join(installation.dataDir, 'postgres'));
  const elsewhere = (await newInstallation()).env;
  const url = `postgres://${roleName('admin')}:${password}@localhost/argus?host=${server?.socketDir}&port=${server?.port}`;
  const { end, said } = await refusedStart({ ...elsewhere, DATABASE_URL: url });
  expect(end).toBe('exit 2');
  expect(said).toContain('is logged in to the database as argus_admin, who is a superuser');
  expect(said).not.toContain(password);
  await expectReady();
});

test('a command at the server with the wrong master key is refused and leaves the running server alone', async () => {
  const { end, said } = await refusedStart({ ...installation.env, ARGUS_MASTER_KEY: anotherKey() }, ['new-pat', '--operator', 'eve@argus.example']);
  expect(end).toBe('exit 2');
  expect(said).toMatch(/ARGUS_MASTER_KEY/);
  await expectReady();
});

test('the wrong master key for an existing data dir is refused with a sentence, and the right one still opens it', async () => {
  expect(await api.stop()).toBe('exit 0');
  const { end, said } = await refusedStart({ ...installation.env, ARGUS_MASTER_KEY: anotherKey() });
  expect(end).toBe('exit 2');
  expect(said).toMatch(/ARGUS_MASTER_KEY/);
  expect(said).not.toMatch(/\n\s+at /);
  api = await startOpsApi(installation);
  await expectReady();
});

test('in a data dir that only we may enter the database finds a place it can reach, and says which', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'argus-closed-'));
  await chmod(dataDir, 0o700);
  const closed = { dataDir, env: settings(dataDir) };
  atTheEnd(() => rm(dataDir, { recursive: true, force: true }));
  const server = await startOpsApi(closed);
  const [, elsewhere] = /The database goes to (\S+), because/.exec(server.stderr()) ?? [];
  if (elsewhere !== undefined) atTheEnd(() => rm(elsewhere, { recursive: true, force: true }));
  atTheEnd(() => stopDatabase(closed));
  expect(elsewhere === undefined).toBe(process.getuid?.() !== 0); // who is not root runs it as himself
  expect(await newPat(closed)).toMatch(/^pat_/);
  expect(await server.stop()).toBe('exit 0');
});

async function expectReady(): Promise<void> {
  expect(await ask(api.url, '/readyz')).toMatchObject({ status: 200 });
}

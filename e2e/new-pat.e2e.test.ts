import { expect, test } from 'vitest';
import { openDatabaseProcess } from '@argus/ops-api/adapters/embedded-postgres/database-process.ts';
import { ask } from './http.ts';
import { newInstallation, newPat, postmasterPid, startOpsApi, stopDatabase } from './ops-api.ts';
import { runToEnd } from './processes.ts';
import { processesOf } from './processes-of.ts';
import { until } from './until.ts';

/** Guarantee: a command at the server stops the database it has started, and no other. */

const nothingRuns = (dataDir: string) => until(async () => (await processesOf(dataDir)).length === 0, 5_000);

test('asked for help it lists what a token may be for, needs no setting and touches nothing', async () => {
  const { end, stdout, stderr } = await runToEnd('apps/ops-api/src/main.ts', ['new-pat', '--help'], {});
  expect([end, stderr()]).toEqual(['exit 0', '']);
  for (const line of ['--operator EMAIL', /support-readonly +tenants:read, logs:read/, /support-operator +tenants:read, remote_support/, 'tenant-admin', 'admin-full']) expect(stdout()).toMatch(line);
});

test('without a server: the token is made, and nothing is left running', async () => {
  const installation = await newInstallation();
  const pat = await newPat(installation);
  await nothingRuns(installation.dataDir);
  const api = await startOpsApi(installation);
  expect(await ask(api.url, '/v1/operators/me', { pat })).toMatchObject({ status: 200 });
});

test('two at once without a server: both make their token, and nothing is left running', async () => {
  const installation = await newInstallation();
  const pats = await Promise.all([newPat(installation), newPat(installation, 'otto@argus.example')]);
  expect(new Set(pats).size).toBe(2);
  await nothingRuns(installation.dataDir);
});

test('beside a server, and beside a database that somebody else has started: both go on as they were', async () => {
  const installation = await newInstallation();
  const { adopted } = await openDatabaseProcess({ dataDir: installation.dataDir, runtimeDir: undefined, say: () => undefined });
  expect(adopted).toBe(false);
  const pid = await postmasterPid(installation);
  await newPat(installation);
  expect(await postmasterPid(installation)).toBe(pid);
  const api = await startOpsApi(installation);
  await newPat(installation);
  expect(await postmasterPid(installation)).toBe(pid);
  expect(await ask(api.url, '/readyz')).toMatchObject({ status: 200 });
});

test('while a server comes up: the database it has found stays, and is its own to stop', async () => {
  const installation = await newInstallation();
  const [pat, api] = await Promise.all([newPat(installation), startOpsApi(installation)]);
  expect(await ask(api.url, '/v1/operators/me', { pat })).toMatchObject({ status: 200 });
  expect(api.stdout()).not.toContain('database_gone');
  expect(await api.stop()).toBe('exit 0');
  expect(await stopDatabase(installation)).toBe(false);
  await nothingRuns(installation.dataDir);
});

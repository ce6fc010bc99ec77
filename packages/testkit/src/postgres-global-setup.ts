/** Vitest's global setup of the project `contract`: one server for the whole run, in a temporary folder. */
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '@argus/ops-api/adapters/data-dir/process-identity.ts';
import { packagedBinaries } from '@argus/ops-api/adapters/embedded-postgres/binaries.ts';
import { stopEmbeddedPostgres } from '@argus/ops-api/adapters/embedded-postgres/open.ts';
import { DATABASE, prepareEmbedded } from '@argus/ops-api/db/embedded-database.ts';
import type { TestProject } from 'vitest/node';
import { SCRATCH_PREFIX } from './scratch-data-dir.ts';

const PREFIX = 'argus-contract-';
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const quiet = (): void => undefined;

export default (project: TestProject): Promise<() => Promise<void>> => serveTests(project, packagedBinaries());

export async function serveTests(project: TestProject, programs: string): Promise<() => Promise<void>> {
  await sweep();
  const dataDir = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // mkdtemp makes it ours alone; the account that runs the database has to get through.
  await chmod(dataDir, 0o755);
  const server = await prepareEmbedded({ dataDir, packaged: programs, say: quiet }).catch(async (error: unknown) => {
    await remove(dataDir);
    throw error;
  });
  project.provide('testServer', {
    socketDir: server.socketDir,
    port: server.port,
    template: DATABASE,
    programs,
    passwords: {
      admin: await server.passwordOf('admin'),
      owner: await server.passwordOf('owner'),
      runtime: await server.passwordOf('runtime'),
      auditor: await server.passwordOf('auditor'),
    },
  });
  return () => remove(dataDir);
}

/** A run that was killed could not clean up; its servers would stay for ever. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, prefix, pid] = /^(argus-[a-z]+-)(\d+)-/.exec(name) ?? [];
    if ((prefix !== PREFIX && prefix !== SCRATCH_PREFIX) || (await isRunning(Number(pid)))) continue;
    const folder = join(tmpdir(), name);
    if (prefix === SCRATCH_PREFIX) await stop(join(folder, 'data'));
    await remove(folder);
  }
}

async function remove(dataDir: string): Promise<void> {
  await stop(dataDir);
  await rm(dataDir, { recursive: true, force: true });
}

const stop = (dataDir: string): Promise<unknown> =>
  stopEmbeddedPostgres({ dataDir, say }).catch((error: unknown) => say(`${dataDir}: ${String(error)}`));

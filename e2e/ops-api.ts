import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readPostmaster } from '@argus/ops-api/adapters/embedded-postgres/postmaster.ts';
import { stopEmbeddedPostgres } from '@argus/ops-api/adapters/embedded-postgres/open.ts';
import { scratchDataDir } from '@argus/testkit/scratch-data-dir.ts';
import { launch, runToEnd, type Ended, type Running } from './processes.ts';
import { atTheEnd } from './teardown.ts';
import { until } from './until.ts';

export const OPS_API = 'apps/ops-api/src/main.ts';
export const OPS_TOKEN = 'ops-token-of-the-end-to-end-tests-32-characters';
const UP_MS = 60_000;

/** The settings of one installation: they stay the same from start to start. */
export type Installation = { readonly dataDir: string; readonly env: Readonly<Record<string, string>> };
export type OpsApi = Running & { readonly url: string; readonly port: number };

/** A data dir every user may enter, so that the database stays inside it and goes with it. */
export async function newInstallation(): Promise<Installation> {
  const scratch = await scratchDataDir();
  atTheEnd(async () => {
    const server = await readPostmaster(join(scratch.dataDir, 'postgres'));
    await scratch.remove();
    // A database that was killed leaves the folder of its socket behind, for its next start.
    if (server?.socketDir.includes('/argus-')) await rm(server.socketDir, { recursive: true, force: true });
  });
  return { dataDir: scratch.dataDir, env: settings(scratch.dataDir) };
}

export const settings = (dataDir: string) => ({
  ARGUS_DATA_DIR: dataDir,
  ARGUS_LISTEN: '127.0.0.1:0',
  ARGUS_MASTER_KEY: randomBytes(32).toString('hex'),
  ARGUS_OPS_TOKEN: OPS_TOKEN,
  REMOTE_SUPPORT_ENABLED: 'on',
  REMOTE_SUPPORT_OPERATOR_CIDRS: '127.0.0.0/8',
});

/** Resolves when it listens. */
export async function startOpsApi({ env }: Pick<Installation, 'env'>): Promise<OpsApi> {
  const api = launch(OPS_API, [], env);
  const listening = () => (api.messages()[0] as { listening: { port: number } } | undefined)?.listening;
  const heard = await until(() => listening() ?? !api.isRunning(), UP_MS).catch(() => true as const);
  if (heard === true) throw new Error(`the ops API did not start: ${await api.kill()}\n${api.stderr()}`);
  return { ...api, port: heard.port, url: `http://127.0.0.1:${heard.port}` };
}

/** A start that is to be refused: how it ended, and what it said. */
export async function refusedStart(env: Readonly<Record<string, string>>, args: readonly string[] = []): Promise<{ end: Ended; said: string }> {
  const ran = await runToEnd(OPS_API, args, env);
  return { end: ran.end, said: ran.stderr() };
}

export async function newPat({ env }: Pick<Installation, 'env'>, operator = 'ana@argus.example', preset = 'admin-full'): Promise<string> {
  const made = await runToEnd(OPS_API, ['new-pat', '--operator', operator, '--preset', preset], env);
  if (made.end !== 'exit 0') throw new Error(`no token was made: ${made.end}\n${made.stderr()}`);
  return (JSON.parse(made.stdout()) as { pat: string }).pat;
}

export async function postmasterPid({ dataDir }: Pick<Installation, 'dataDir'>): Promise<number> {
  const server = await readPostmaster(join(dataDir, 'postgres'));
  if (!server) throw new Error(`no database runs in ${dataDir}`);
  return server.pid;
}

export const stopDatabase = ({ dataDir }: Pick<Installation, 'dataDir'>) => stopEmbeddedPostgres({ dataDir, say: () => undefined });

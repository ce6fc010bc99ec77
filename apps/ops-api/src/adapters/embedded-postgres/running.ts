/** The server that already runs on a cluster, if any; what a dead or foreign one left behind is cleared away. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isInProcessTable } from '../data-dir/process-identity.ts';
import { isServerOf, pidFile, readPostmaster, socketFolderOf } from './postmaster.ts';
import type { RunAs } from './run-as.ts';
import { PORT, ensureOurs } from './socket-folder.ts';
import { waitUntilReady } from './start.ts';
import { stopServer } from './stop.ts';

/** A shutdown writes a checkpoint first. */
const GONE_WITHIN_MS = 60_000;
const LOOK_MS = 20;

type Say = (line: string) => void;
export type RunningServer = { readonly pid: number; readonly port: number; readonly socketDir: string };

/** Waits for one that is coming up or going down. Null when none is left. */
export async function runningServer(cluster: string, runAs: RunAs, say: Say): Promise<RunningServer | null> {
  const seen = await readPostmaster(cluster);
  if (seen === null) return null;
  const isAlive = (): Promise<boolean> => isServerOf(seen.pid, cluster, runAs.uid);
  if (!(await isAlive())) {
    await clearStale(cluster, seen.pid, say);
    return null;
  }
  const status = async (): Promise<string | undefined> => (await readPostmaster(cluster))?.status;
  const isReady = await waitUntilReady(
    async () => (await status()) === 'ready',
    async () => (await status()) === 'stopping' || !(await isAlive()),
    say,
  );
  if (!isReady) {
    if (await isGone(isAlive, GONE_WITHIN_MS)) return null;
    throw new Error(
      `PostgreSQL (process ${seen.pid}) on ${cluster} is neither ready nor gone. ` +
        `Look at its log in ${join(cluster, 'log')}; to end it: kill -QUIT ${seen.pid}, then start again.`,
    );
  }
  // The pid file says where the socket is; the folder must still be one only that account could have made.
  await ensureOurs(seen.socketDir, runAs);
  return { pid: seen.pid, port: seen.port, socketDir: seen.socketDir };
}

export async function isGone(isAlive: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  for (let waited = 0; waited < withinMs; waited += LOOK_MS) {
    if (!(await isAlive())) return true;
    await pause(LOOK_MS);
  }
  return false;
}

/**
 * PostgreSQL itself sees through a pid that is dead. One that went to another process of the same user, or that nobody
 * has reaped (the first process of many containers does not), keeps it from starting, so that file has to go; PostgreSQL still finds helpers of the old server by their shared memory.
 */
async function clearStale(cluster: string, pid: number, say: Say): Promise<void> {
  if (!isInProcessTable(pid)) return;
  say(`The database was not stopped properly, and its number ${pid} is still taken; starting it again.`);
  await rm(pidFile(cluster), { force: true });
}

/**
 * The socket folder belongs to this data dir alone. A server in it that is not on our cluster is one whose cluster was
 * removed under it, and it would keep ours from listening.
 */
export async function leaveNothingOnSocket(socketDir: string, runAs: RunAs, say: Say): Promise<void> {
  const lock = join(socketDir, `.s.PGSQL.${PORT}.lock`);
  const pid = Number((await readFile(lock, 'utf8').catch(() => '')).split('\n')[0]);
  const isOurs = async (): Promise<boolean> => (await socketFolderOf(pid, runAs.uid)) === socketDir;
  if (!pid) return;
  if (await isOurs()) {
    say(`The server of a database that was removed still ran (process ${pid}); stopping it.`);
    await stopServer({ pid, isOurs, say });
  }
  await rm(lock, { force: true });
}

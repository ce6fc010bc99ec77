/**
 * What `postmaster.pid` claims, held against what runs: the file outlives a kill -9, and its pid may be anybody's by
 * then.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isRunning } from '../data-dir/process-identity.ts';

export type Postmaster = {
  readonly pid: number;
  readonly port: number;
  readonly socketDir: string;
  readonly status: 'starting' | 'ready' | 'stopping' | 'unknown';
};

export const pidFile = (cluster: string): string => join(cluster, 'postmaster.pid');

/** Lines: pid, data directory, start time, port, socket folder, address, shared memory, status. */
export function parsePidFile(text: string): Postmaster | null {
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return null;
  const status = lines[7];
  return {
    pid,
    port: Number(lines[3]),
    socketDir: lines[4] ?? '',
    status: status === 'starting' || status === 'ready' || status === 'stopping' ? status : 'unknown',
  };
}

export async function readPostmaster(cluster: string): Promise<Postmaster | null> {
  return parsePidFile(await readFile(pidFile(cluster), 'utf8').catch(() => ''));
}

/** Command lines are readable everywhere; working folders are not, in a container without ptrace. */
async function commandLine(pid: number): Promise<readonly string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
}

/** A living `postgres -D <cluster>` of that user. Its children call themselves `postgres: …` and do not count. */
export async function isServerOf(pid: number, cluster: string, uid: number): Promise<boolean> {
  return (await isPostgresWith(pid, '-D', uid)) === cluster;
}

/** The socket folder a living server of that user was given, or null when the process is none. */
export const socketFolderOf = (pid: number, uid: number): Promise<string | null> => isPostgresWith(pid, '-k', uid);

async function isPostgresWith(pid: number, flag: string, uid: number): Promise<string | null> {
  if (!(await isRunning(pid))) return null;
  const owner = await stat(`/proc/${pid}`).catch(() => null);
  const [program, ...args] = await commandLine(pid);
  if (owner?.uid !== uid || basename(program ?? '') !== 'postgres') return null;
  return args[args.indexOf(flag) + 1] ?? null;
}

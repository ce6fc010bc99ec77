/** Starts a server in a session of its own, so that Ctrl-C in our terminal ends us and not the database. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import { lastLines } from './cluster.ts';
import { readPostmaster } from './postmaster.ts';
import { ENVIRONMENT, type RunAs, dropPrivileges, runToEnd } from './run-as.ts';
import { serverArguments } from './settings.ts';

/** Crash recovery replays the log since the last checkpoint: seconds usually, minutes on a slow disk. */
const READY_WITHIN_MS = 300_000;
const SAY_EVERY_MS = 3_000;
const LOOK_MS = 20;
/** After a kill -9 the old server's helpers hold its memory until they notice. */
const HELPERS_LEAVE_WITHIN_MS = 15_000;
const LOGS_KEPT = 5;

type Start = {
  readonly cluster: string;
  readonly socketDir: string;
  readonly port: number;
  readonly binaries: Binaries;
  readonly runAs: RunAs;
  /** Ours, not the cluster's: root must not write in a folder of another account. */
  readonly logFile: string;
  readonly say: (line: string) => void;
};

/** Answers with the pid once it accepts connections. */
export async function startServer(start: Start): Promise<number> {
  await keepLastLogs(start);
  for (let waited = 0; ; waited += 250) {
    const started = await tryToStart(start);
    if (started.ready) return started.pid;
    if (!/is still in use/.test(started.output) || waited >= HELPERS_LEAVE_WITHIN_MS) {
      throw new Error(
        `PostgreSQL did not start on ${start.cluster}: ${lastLines(started.output) || 'it said nothing'}. ` +
          `More may be in ${start.logFile} and ${join(start.cluster, 'log')}.`,
      );
    }
    await pause(250);
  }
}

type Tried = { readonly ready: true; readonly pid: number } | { readonly ready: false; readonly output: string };

async function tryToStart(start: Start): Promise<Tried> {
  const log = await open(start.logFile, 'w', 0o600);
  try {
    const child = spawn(
      join(start.binaries.bin, 'postgres'),
      serverArguments(start.cluster, start.socketDir, start.port),
      { ...dropPrivileges(start.runAs), cwd: '/', env: ENVIRONMENT, detached: true, stdio: ['ignore', log.fd, log.fd] },
    );
    child.unref();
    const ended = endOf(child);
    const pid = child.pid;
    const isReady = async (): Promise<boolean> => {
      const seen = await readPostmaster(start.cluster);
      return seen?.pid === pid && seen?.status === 'ready';
    };
    if (pid !== undefined && (await waitUntilReady(isReady, () => ended.why !== null, start.say)))
      return { ready: true, pid };
    return {
      ready: false,
      output: `${await readFile(start.logFile, 'utf8')}\n${ended.why ?? 'it is still not ready'}`,
    };
  } finally {
    await log.close();
  }
}

function endOf(child: ChildProcess): { why: string | null } {
  const ended: { why: string | null } = { why: null };
  child.on('error', (error) => (ended.why = error.message));
  child.on('exit', (code, signal) => (ended.why = signal ? `ended by ${signal}` : `exit code ${code}`));
  return ended;
}

/** False when it ended, or when our patience did. */
export async function waitUntilReady(
  isReady: () => Promise<boolean>,
  hasEnded: () => boolean | Promise<boolean>,
  say: (line: string) => void,
): Promise<boolean> {
  const started = performance.now();
  let nextLine = SAY_EVERY_MS;
  for (;;) {
    if (await isReady()) return true;
    if (await hasEnded()) return false;
    const waited = performance.now() - started;
    if (waited > READY_WITHIN_MS) return false;
    if (waited > nextLine) {
      say(
        `PostgreSQL is still starting, ${Math.round(waited / 1_000)} s so far; after a hard stop it first repairs ` +
          'itself.',
      );
      nextLine += SAY_EVERY_MS;
    }
    await pause(LOOK_MS);
  }
}

/** Done by the database's account: the folder is its own, and what it put there is not for root to follow. */
async function keepLastLogs({ cluster, runAs }: Start): Promise<void> {
  const folder = join(cluster, 'log');
  const names = (await readdir(folder).catch(() => []))
    .filter((name) => /^postgresql-[\d-]+\.log$/.test(name))
    .toSorted();
  const old = names.slice(0, -LOGS_KEPT).map((name) => join(folder, name));
  if (old.length > 0) await runToEnd(['/bin/rm', '-f', '--', ...old], runAs);
}

/**
 * The PostgreSQL that comes with Argus: made on first use, adopted when it still runs, mended after a hard stop.
 * It outlives us on purpose; `stop` is for whoever wants it gone.
 */
import { mkdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type PidLock, takePidLock } from '../data-dir/pid-lock.ts';
import { packagedBinaries, usableBinaries } from './binaries.ts';
import { makeCluster, refuseOtherMajor } from './cluster.ts';
import { logIn } from './log-in.ts';
import {
  type DatabaseRole,
  ensureDatabasePassword,
  passwordFile,
  readDatabasePassword,
  roleName,
} from './passwords.ts';
import { existingCluster, placeForNewCluster, refuseUnreachable, writeRecord } from './place.ts';
import { isServerOf } from './postmaster.ts';
import { type RunAs, chooseRunAs } from './run-as.ts';
import { type RunningServer, isGone, leaveNothingOnSocket, runningServer } from './running.ts';
import { PORT, closeSocketFolder, openSocketFolder } from './socket-folder.ts';
import { startServer } from './start.ts';
import { stopServer } from './stop.ts';

export type EmbeddedPostgres = {
  readonly socketDir: string;
  readonly port: number;
  readonly pid: number;
  /** It ran already; an earlier process of ours started it. */
  readonly adopted: boolean;
  readonly cluster: string;
  passwordOf(role: DatabaseRole): Promise<string>;
  /** Ends the server, whoever started it. Calling it again waits for the same end. */
  stop(): Promise<void>;
};

export type OpenOptions = {
  readonly dataDir: string;
  readonly say: (line: string) => void;
  /** $XDG_RUNTIME_DIR, for a user who is not root. */
  readonly runtimeDir?: string | undefined;
  /** Where the npm package keeps PostgreSQL; tests put it elsewhere. */
  readonly packaged?: string;
  /** For what the database's account cannot reach below the checkout. */
  readonly stateFolder?: string;
};

const STATE_FOLDER = '/var/lib/argus';

export async function openEmbeddedPostgres(options: OpenOptions): Promise<EmbeddedPostgres> {
  const { say, runtimeDir, packaged, stateFolder = STATE_FOLDER } = options;
  await mkdir(options.dataDir, { recursive: true, mode: 0o755 });
  const dataDir = await realpath(options.dataDir);
  const lock = await waitForLock(dataDir, say);
  try {
    const before = await existingCluster(dataDir);
    const runAs = await chooseRunAs(before === null ? null : (await stat(before)).uid);
    if (before !== null) await refuseUnreachable(before, runAs);
    for (const role of ['owner', 'runtime', 'auditor'] as const) await ensureDatabasePassword(dataDir, role);
    const server = before === null ? null : await adopt({ dataDir, cluster: before, runAs, say });
    if (before !== null && server !== null) {
      return handle({ dataDir, cluster: before, runAs, say, ...server, adopted: true });
    }

    const binaries = await usableBinaries({ packaged: packaged ?? packagedBinaries(), stateFolder, runAs, say });
    // Looked at before anything is made: what will be refused leaves no trace.
    if (before !== null) await refuseOtherMajor(before, binaries);
    const password =
      before === null ? await ensureDatabasePassword(dataDir, 'admin') : await adminPasswordOf(dataDir, before);
    const socketDir = await openSocketFolder({ realDataDir: dataDir, runAs, runtimeDir });
    try {
      await leaveNothingOnSocket(socketDir, runAs, say);
      const cluster = before ?? (await placeForNewCluster({ dataDir, stateFolder, runAs, say }));
      if (before === null)
        await makeCluster({
          cluster,
          binaries,
          runAs,
          socketDir,
          adminName: roleName('admin'),
          adminPassword: password,
        });
      await writeRecord(dataDir, cluster);
      const logFile = join(dataDir, 'postgres-start.log');
      const pid = await startServer({ cluster, socketDir, port: PORT, binaries, runAs, logFile, say });
      await logIn({ socketDir, port: PORT, role: 'admin', password }).catch(async (error: unknown) => {
        await stopServer({ pid, isOurs: () => isServerOf(pid, cluster, runAs.uid), say });
        throw error;
      });
      return handle({ dataDir, cluster, runAs, say, pid, socketDir, port: PORT, adopted: false });
    } catch (error) {
      await closeSocketFolder(socketDir);
      throw error;
    }
  } finally {
    await lock.release();
  }
}

/** Ends the server of a data dir without being able to log in to it; false when none ran. */
export async function stopEmbeddedPostgres({ dataDir, say }: Pick<OpenOptions, 'dataDir' | 'say'>): Promise<boolean> {
  const real = await realpath(dataDir).catch(() => null);
  const cluster = real === null ? null : await existingCluster(real);
  if (real === null || cluster === null) return false;
  const runAs = await chooseRunAs((await stat(cluster)).uid);
  const server = await runningServer(cluster, runAs, say);
  if (server === null) return false;
  await handle({ dataDir: real, cluster, runAs, say, ...server, adopted: true }).stop();
  return true;
}

type Adopting = Pick<Handle, 'dataDir' | 'cluster' | 'runAs' | 'say'>;
const DIES_WITHIN_MS = 2_000;

/** A server that was killed a moment ago is still in the process table, and may look ready. */
async function adopt({ dataDir, cluster, runAs, say }: Adopting): Promise<RunningServer | null> {
  for (;;) {
    const server = await runningServer(cluster, runAs, say);
    if (server === null) return null;
    try {
      await logIn({ ...server, role: 'admin', password: await adminPasswordOf(dataDir, cluster) });
      return server;
    } catch (problem) {
      const isAlive = (): Promise<boolean> => isServerOf(server.pid, cluster, runAs.uid);
      // A password that is refused was refused by somebody who is there.
      const isRefused = problem instanceof Error && problem.cause !== undefined;
      if (isRefused || !(await isGone(isAlive, DIES_WITHIN_MS))) throw problem;
    }
  }
}

type Handle = Omit<EmbeddedPostgres, 'passwordOf' | 'stop'> & {
  readonly dataDir: string;
  readonly runAs: RunAs;
  readonly say: (line: string) => void;
};

function handle({ dataDir, runAs, say, ...server }: Handle): EmbeddedPostgres {
  const { pid, cluster, socketDir } = server;
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    // Under the lock: a start in another process may be about to use the socket folder we remove.
    const lock = await waitForLock(dataDir, say);
    try {
      await stopServer({ pid, isOurs: () => isServerOf(pid, cluster, runAs.uid), say });
      await closeSocketFolder(socketDir);
    } finally {
      await lock.release();
    }
  };
  return {
    ...server,
    passwordOf: async (role) => {
      const password = await readDatabasePassword(dataDir, role);
      if (password === null)
        throw new Error(`${passwordFile(dataDir, role)} is gone. Restore it from a backup of the data dir.`);
      return password;
    },
    stop: () => (stopping ??= stop()),
  };
}

async function adminPasswordOf(dataDir: string, cluster: string): Promise<string> {
  const password = await readDatabasePassword(dataDir, 'admin');
  if (password !== null) return password;
  throw new Error(
    `There is a database in ${cluster}, and ${passwordFile(dataDir, 'admin')}, which opens it, is missing. ` +
      `Restore it from a backup of the data dir, or move the database away to start with an empty one.`,
  );
}

/** Two starts at once: the second waits, and adopts what the first has started. */
async function waitForLock(dataDir: string, say: (line: string) => void): Promise<PidLock> {
  const file = join(dataDir, 'database.lock');
  for (let looks = 0; ; looks++) {
    const taken = await takePidLock(file);
    if (taken.held) return taken.lock;
    if (looks % 100 === 20)
      say(`Process ${taken.byPid} is starting or stopping the database of ${dataDir}; waiting for it.`);
    await pause(50);
  }
}

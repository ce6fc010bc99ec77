/** One ops API per data dir: two would hand out the same keys and sockets, and stop each other's database. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type PidLock, holderOf, takePidLock } from './pid-lock.ts';

const apiLock = (dataDir: string): string => join(dataDir, 'ops-api.lock');

export async function lockDataDir(dataDir: string): Promise<PidLock> {
  await mkdir(dataDir, { recursive: true, mode: 0o755 });
  const taken = await takePidLock(apiLock(dataDir));
  if (taken.held) return taken.lock;
  throw new Error(
    `Another ops API (process ${taken.byPid}) uses the data dir ${dataDir}. ` +
      'Stop that one first, or start this one with ARGUS_DATA_DIR set to another folder.',
  );
}

/** An ops API takes its lock before it looks for a database, so one that has none has adopted nothing. */
export const isServed = async (dataDir: string): Promise<boolean> => (await holderOf(apiLock(dataDir))) !== null;

/** Commands at the server, one after the other: the first would stop the database under the second. */
export async function takeTurn(dataDir: string): Promise<PidLock> {
  await mkdir(dataDir, { recursive: true, mode: 0o755 });
  for (;;) {
    const taken = await takePidLock(join(dataDir, 'command.lock'));
    if (taken.held) return taken.lock;
    await pause(50);
  }
}

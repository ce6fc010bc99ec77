/** One ops API per data dir: two would hand out the same keys and sockets, and stop each other's database. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type PidLock, takePidLock } from './pid-lock.ts';

export async function lockDataDir(dataDir: string): Promise<PidLock> {
  await mkdir(dataDir, { recursive: true, mode: 0o755 });
  const file = join(dataDir, 'ops-api.lock');
  const taken = await takePidLock(file);
  if (taken.held) return taken.lock;
  throw new Error(
    `Another ops API (process ${taken.byPid}) uses the data dir ${dataDir}. ` +
      'Stop that one first, or start this one with ARGUS_DATA_DIR set to another folder.',
  );
}

/** A lock file that names the process holding it, so that one killed with -9 locks nobody out. */
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { identityOf } from './process-identity.ts';

export type PidLock = { release(): Promise<void> };
export type Taken = { readonly held: true; readonly lock: PidLock } | { readonly held: false; readonly byPid: number };

export async function takePidLock(file: string): Promise<Taken> {
  const mine = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(mine, `${process.pid}\n${await identityOf(process.pid)}\n`, { flag: 'wx', mode: 0o644 });
  try {
    // link() is one step: whoever reads the lock sees a whole one or none.
    while (!(await linked(mine, file))) {
      const { holder } = await look(file);
      if (holder !== null) return { held: false, byPid: holder };
      await clearStale(file, mine);
    }
  } finally {
    await rm(mine, { force: true });
  }
  return { held: true, lock: { release: () => rm(file, { force: true }) } };
}

/** The living process that has the lock, if any. */
export const holderOf = async (file: string): Promise<number | null> => (await look(file)).holder;

/** `holder` is the living process that has the lock; a lock that is there without one is stale. */
async function look(file: string): Promise<{ readonly isThere: boolean; readonly holder: number | null }> {
  const text = await readFile(file, 'utf8').catch(() => null);
  const [pid, identity] = (text ?? '').split('\n');
  const isHeld = Boolean(identity) && (await identityOf(Number(pid))) === identity;
  return { isThere: text !== null, holder: isHeld ? Number(pid) : null };
}

/** One at a time, or the second of two who saw the same stale lock would remove the fresh one the first has made. */
async function clearStale(file: string, mine: string): Promise<void> {
  const clearing = `${file}.clearing`;
  if (await linked(mine, clearing)) {
    try {
      const { isThere, holder } = await look(file);
      if (isThere && holder === null) await rm(file, { force: true });
    } finally {
      await rm(clearing, { force: true });
    }
    return;
  }
  const other = await look(clearing);
  // Killed between these few lines. Two who come here at the same moment could collide; we accept that much.
  if (other.isThere && other.holder === null) await rm(clearing, { force: true });
  else await pause(5);
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

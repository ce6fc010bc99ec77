/**
 * The folder of the unix socket: short enough for the kernel, entered by nobody but the database's account and root.
 * In /tmp anybody can make a folder first and wait for our passwords in it, so one that is not ours is refused.
 */
import { createHash } from 'node:crypto';
import { lchown, lstat, mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { RunAs } from './run-as.ts';

export const PORT = 5432;
/** sun_path holds 108 bytes and ends with a zero. */
const PATH_MAX_BYTES = 107;

/** Eight hex digits that stand for a data dir, after symlinks. */
export const nameOfDataDir = (realDataDir: string): string =>
  createHash('sha256').update(realDataDir).digest('hex').slice(0, 8);

type Where = { readonly realDataDir: string; readonly runAs: RunAs; readonly runtimeDir?: string | undefined };

export async function openSocketFolder({ realDataDir, runAs, runtimeDir }: Where): Promise<string> {
  const hex = nameOfDataDir(realDataDir);
  const us = process.getuid?.() ?? 0;
  const parent = us === 0 ? '/run' : runtimeDir;
  const preferred = parent && (await isUsable(parent, us)) ? join(parent, `argus-${hex}`) : null;
  const folder = preferred && isShort(preferred) ? preferred : `/tmp/argus-${us}-${hex}`;
  await ensureOurs(folder, runAs);
  for (const name of await readdir(folder)) {
    if (name.startsWith(PASSWORD_FILE)) await rm(join(folder, name), { force: true });
  }
  return folder;
}

/** What an interrupted initdb leaves behind starts with this. */
export const PASSWORD_FILE = 'initdb-password-';

export const closeSocketFolder = (folder: string): Promise<void> =>
  // Somebody else's file in it, or nothing there: both are no reason to fail at the end.
  rmdir(folder).catch(() => undefined);

const isShort = (folder: string): boolean => Buffer.byteLength(join(folder, `.s.PGSQL.${PORT}`)) <= PATH_MAX_BYTES;

async function isUsable(parent: string, us: number): Promise<boolean> {
  const found = isAbsolute(parent) ? await stat(parent).catch(() => null) : null;
  return found !== null && found.isDirectory() && found.uid === us && (found.mode & 0o022) === 0;
}

export async function ensureOurs(folder: string, runAs: RunAs): Promise<void> {
  const isNew = await mkdir(folder, { mode: 0o700 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw new Error(
        `No folder for the database's socket can be made at ${folder} (${error.code}). Make its parent writable, ` +
          'or set DATABASE_URL.',
      );
    },
  );
  if (isNew && runAs.dropTo) await lchown(folder, runAs.dropTo.uid, runAs.dropTo.gid);
  const found = await lstat(folder);
  if (found.isDirectory() && found.uid === runAs.uid && (found.mode & 0o777) === 0o700) return;
  throw new Error(
    `${folder} is where the database's socket belongs, and it is not a folder of user ${runAs.uid} alone ` +
      `(owner ${found.uid}, mode ${(found.mode & 0o777).toString(8)}${found.isSymbolicLink() ? ', a symlink' : ''}). ` +
      'Somebody else may have put it there. Look at it, remove it, and start again.',
  );
}

import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { codeOf } from './folder.ts';

/** A file that is there before a patch. Its successor has the same mode and the same owner. */
export type Before = { readonly sha256: string; readonly mode: number; readonly uid: number; readonly gid: number; readonly identity: string };

/** More than this is no configuration, and reading it would take the machine's time. */
const BYTES_MAX = 16 * 1_048_576;
const EXECUTABLE = 0o111;
const SPECIAL = 0o7000; // setuid, setgid, sticky
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Null when there is none. Only a plain file with one name and no executable bit may be replaced; looking follows no link. */
export async function lookAt(path: string): Promise<Result<Before | null, Denial>> {
  try {
    const denial = refusalFor(await lstat(path));
    if (denial) return err(denial);
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      return await read(file);
    } finally {
      await file.close();
    }
  } catch (problem) {
    const code = codeOf(problem);
    if (code === 'ENOENT') return ok(null);
    return err(code === 'ELOOP' ? deny('patch_mode_forbidden', 'the target is a link') : deny('patch_not_applied', `the target cannot be read: ${code}`));
  }
}

async function read(file: FileHandle): Promise<Result<Before, Denial>> {
  const stat = await file.stat();
  const denial = refusalFor(stat);
  if (denial) return err(denial);
  if (stat.size > BYTES_MAX) return err(deny('patch_not_applied', 'the target is too large'));
  const sha256 = await digestOf(file);
  const { dev, ino, size, mtimeMs, ctimeMs } = stat;
  return ok({ sha256, mode: stat.mode & 0o777, uid: stat.uid, gid: stat.gid, identity: [dev, ino, size, mtimeMs, ctimeMs].join(' ') });
}

function refusalFor(stat: Stats): Denial | null {
  if (stat.isSymbolicLink()) return deny('patch_mode_forbidden', 'the target is a link');
  if (!stat.isFile()) return deny('patch_mode_forbidden', 'the target is no plain file');
  if (stat.nlink !== 1) return deny('patch_mode_forbidden', 'the target has another name');
  if ((stat.mode & (EXECUTABLE | SPECIAL)) !== 0) return deny('patch_mode_forbidden', 'the target is executable');
  return null;
}

async function digestOf(file: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(65_536);
  for (let left = BYTES_MAX; left > 0; ) {
    const { bytesRead } = await file.read(piece, 0, piece.length, null);
    if (bytesRead === 0) break;
    hash.update(piece.subarray(0, bytesRead));
    left -= bytesRead;
  }
  return hash.digest('hex');
}

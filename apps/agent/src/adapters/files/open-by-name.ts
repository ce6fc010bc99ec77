/**
 * Where there are no handles of places: look at every step, open without following a last link, look again, and compare.
 * Weaker than open-by-handles.ts: a folder that is a link for just one moment, between two looks, can have a file outside
 * opened. It is closed again and not a byte of it is read.
 */
import { constants, type BigIntStats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ok } from '@argus/kit/result.ts';
import type { ReadableFile } from '@argus/protocol/readable-files.ts';
import { missing, refused, type Open } from './opened.ts';

/** Not to be had on Windows, where creating a link takes a right of its own. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;

export const openByName: Open = async (root, name) => {
  try {
    const before = await look(root, name);
    if (!before) return refused('no plain file of its own');
    const handle = await open(join(root, name), constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const opened = await handle.stat({ bigint: true });
      const after = await look(root, name);
      if (after && opened.nlink === 1n && isSame(before, opened) && isSame(after, opened)) return ok({ handle, stat: opened });
    } catch (problem) {
      await handle.close();
      throw problem;
    }
    await handle.close();
    return refused('it was changed meanwhile');
  } catch (problem) {
    return missing(problem);
  }
};

/** Null unless every step is a folder and the last one a plain file with one name. */
async function look(root: string, name: ReadableFile): Promise<BigIntStats | null> {
  const steps = name.split('/');
  for (let n = 1; n < steps.length; n++) if (!(await lstat(join(root, ...steps.slice(0, n)))).isDirectory()) return null;
  const found = await lstat(join(root, name), { bigint: true });
  return found.isFile() && found.nlink === 1n ? found : null;
}

const isSame = (a: BigIntStats, b: BigIntStats): boolean => a.dev === b.dev && a.ino === b.ino;

import { closeSync, constants, fstatSync, fsyncSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The install root may be a folder in which others write as well. What the agent writes there never goes through a link
 * and never into a file that has a second name.
 */
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

const openPlain = (path: string, flags: number): number => {
  const fd = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o640);
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.nlink === 1) return fd;
  closeSync(fd);
  throw new Error(`${path} is not a plain file with one name`);
};
/** Also waits for nobody at the other end of a FIFO. */
export const openToAppend = (path: string): number => openPlain(path, O_WRONLY | O_APPEND | O_CREAT);
export const openToRead = (path: string): number => openPlain(path, O_RDONLY);
export const createNew = (path: string): number => openPlain(path, O_WRONLY | O_CREAT | O_EXCL);

/** Nothing there is as good as gone. */
export function removeName(path: string): void {
  try {
    unlinkSync(path);
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code !== 'ENOENT') throw problem;
  }
}

/** All or nothing. A link at the name is replaced, not followed. */
export function placeWhole(root: string, name: string, text: string): void {
  const next = join(root, `.${name}.new`);
  removeName(next);
  const fd = createNew(next);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(next, join(root, name));
}

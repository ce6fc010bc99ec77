import { closeSync, constants, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNew, removeName } from './place.ts';

const NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.txt$/;
const REPORT_BYTES_MAX = 65_536;

/** Writes `crashes/<time>.txt`; the oldest go, so that an agent that crashes all night does not fill a disk. Throws when it cannot. */
export function writeCrashReport(root: string, { at, text, keep }: { readonly at: string; readonly text: string; readonly keep: number }): string {
  const folder = join(root, 'crashes');
  try {
    mkdirSync(folder, { mode: 0o750 });
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code !== 'EEXIST') throw problem;
  }
  const held = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    // Through what is held open: a folder that is swapped for a link in between leads nowhere else.
    const inside = process.platform === 'linux' ? `/proc/self/fd/${held}` : folder;
    const before = readdirSync(inside).filter((name) => NAME.test(name)).toSorted();
    for (const name of before.slice(0, Math.max(0, before.length - keep + 1))) removeName(join(inside, name));
    const name = `${at.replaceAll(':', '-')}.txt`;
    const fd = createNew(join(inside, name));
    try {
      writeFileSync(fd, Buffer.from(text).subarray(0, REPORT_BYTES_MAX));
    } finally {
      closeSync(fd);
    }
    return `crashes/${name}`;
  } finally {
    closeSync(held);
  }
}

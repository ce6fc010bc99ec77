/**
 * A file that is there whole or not at all, whatever ends us on the way: written beside its place under another name, on
 * disk before it gets its own. Never through a link, and never into what is no plain file (a terminal, a pipe, a device).
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, lstat, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { OutFile } from '../out-file.ts';

export const outFile: OutFile = {
  async whyNot(path) {
    const place = resolve(path);
    const found = await lstat(place).catch(() => null);
    if (found && !found.isFile()) return `${path} is no plain file`;
    return access(dirname(place), constants.W_OK | constants.X_OK).then(
      () => null,
      (problem: unknown) => (codeOf(problem) === 'ENOENT' ? `there is no folder ${dirname(place)}` : `nothing can be written into its folder (${codeOf(problem)})`),
    );
  },
  async save(path, bytes) {
    const place = resolve(path);
    const next = join(dirname(place), `.${basename(place)}.${randomBytes(6).toString('hex')}.part`);
    try {
      const file = await open(next, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      const why = await outFile.whyNot(path); // it may have become something else meanwhile
      if (why === null) await rename(next, place);
      else await unlink(next);
      return why;
    } catch (problem) {
      await unlink(next).catch(() => undefined);
      return `it could not be written (${codeOf(problem)})`;
    }
  },
};

const codeOf = (problem: unknown): string => (problem instanceof Error && 'code' in problem ? String(problem.code) : String(problem));

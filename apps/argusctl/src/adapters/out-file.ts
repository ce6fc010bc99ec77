/**
 * A file that is there whole or not at all, whatever ends us on the way: written beside its place under another name, on
 * disk before it gets its own. Never through a link, and never into what is no plain file (a terminal, a pipe, a device).
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, link, lstat, mkdir, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { OutFile, OutWriter } from '../out-file.ts';

/** `unfinished`: what is being written right now, for whoever has to end us in the middle. */
export function makeOutFile(unfinished: Set<string> = new Set()): OutFile {
  async function whole(path: string, bytes: Uint8Array, take: Take): Promise<string | null> {
    const writer = await begin(path, { take, unfinished });
    if (typeof writer === 'string') return writer;
    return (await writer.write(bytes)) ?? writer.keep();
  }
  return {
    whyNot,
    save: (path, bytes) => whole(path, bytes, takePlace),
    saveNew: (path, bytes) => whole(path, bytes, takeFreePlace),
    async savePrivate(path, bytes) {
      try {
        const folder = dirname(resolve(path));
        const isNew = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined;
        if (isNew) await chmod(folder, 0o700); // whatever the umask says
      } catch (problem) {
        return `its folder could not be made (${codeOf(problem)})`;
      }
      return whole(path, bytes, takePlace);
    },
    begin: (path) => begin(path, { take: takePlace, unfinished }),
  };
}

async function whyNot(path: string): Promise<string | null> {
  const place = resolve(path);
  const found = await lstat(place).catch(() => null);
  if (found && !found.isFile()) return `${path} is no plain file`;
  return access(dirname(place), constants.W_OK | constants.X_OK).then(
    () => null,
    (problem: unknown) => (codeOf(problem) === 'ENOENT' ? `there is no folder ${dirname(place)}` : `nothing can be written into its folder (${codeOf(problem)})`),
  );
}

type Take = (next: string, path: string) => Promise<string | null>;

async function takePlace(next: string, path: string): Promise<string | null> {
  const why = await whyNot(path); // it may have become something else meanwhile
  if (why === null) await rename(next, resolve(path));
  return why;
}

async function takeFreePlace(next: string, path: string): Promise<string | null> {
  try {
    await link(next, resolve(path));
    await unlink(next);
    return null;
  } catch (problem) {
    return codeOf(problem) === 'EEXIST' ? `${path} is there already, and nothing is written over` : `it could not be written (${codeOf(problem)})`;
  }
}

async function begin(path: string, { take, unfinished }: { readonly take: Take; readonly unfinished: Set<string> }): Promise<OutWriter | string> {
  const place = resolve(path);
  const next = join(dirname(place), `.${basename(place)}.${randomBytes(6).toString('hex')}.part`);
  const failed = (problem: unknown) => `it could not be written (${codeOf(problem)})`;
  unfinished.add(next); // before it is there: whoever ends us in between has to know of it
  const file = await open(next, 'wx', 0o600).catch(failed);
  if (typeof file === 'string') {
    unfinished.delete(next);
    return file;
  }
  async function drop() {
    if (typeof file !== 'string') await file.close().catch(() => undefined);
    await unlink(next).catch(() => undefined);
    unfinished.delete(next);
  }
  return {
    drop,
    async write(bytes) {
      try {
        await file.writeFile(bytes);
        return null;
      } catch (problem) {
        await drop();
        return failed(problem);
      }
    },
    async keep() {
      let why: string | null;
      try {
        await file.sync();
        await file.close();
        why = await take(next, path);
      } catch (problem) {
        why = failed(problem);
      }
      if (why !== null) await drop();
      unfinished.delete(next);
      return why;
    },
  };
}

const codeOf = (problem: unknown): string => (problem instanceof Error && 'code' in problem ? String(problem.code) : String(problem));

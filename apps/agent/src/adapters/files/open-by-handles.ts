/**
 * Linux: no path is ever opened twice, so nothing can be swapped in between. Each step is looked up from a handle of the one
 * before, as a mere place (O_PATH: neither read nor opened, so a FIFO has no reader and a device is not touched) and
 * never through a link. Only what has proved to be a plain file, with this one name and at this very place, is opened.
 */
import { constants, type BigIntStats } from 'node:fs';
import { open, readlink, type FileHandle } from 'node:fs/promises';
import { arch } from 'node:os';
import { ok, type Result } from '@argus/kit/result.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import { missing, refused, type Open } from './opened.ts';
import { through } from './through.ts';

/** Node.js has no name for it. The number is the one of asm-generic/fcntl.h, which both of these use. */
export const O_PATH = 0o10000000;
export const isLinuxWeKnow = process.platform === 'linux' && ['x64', 'arm64'].includes(arch());

const PLACE = O_PATH | constants.O_NOFOLLOW;

export const openByHandles: Open = async (root, name) => {
  const held: FileHandle[] = [];
  const hold = async (path: string, flags: number): Promise<FileHandle> => {
    const handle = await open(path, flags);
    held.push(handle);
    return handle;
  };
  try {
    const top = await hold(root, O_PATH | constants.O_DIRECTORY); // named by the trust file: a link to it is the owner's
    const steps = name.split('/');
    let place = top;
    for (const step of steps.slice(0, -1)) {
      place = await hold(through(place, step), PLACE);
      if (!(await place.stat()).isDirectory()) return refused('a step on the way is no folder');
    }
    place = await hold(through(place, steps.at(-1)), PLACE);
    const found = await ownFile({ top, place }, name);
    if (!found.ok) return found;
    const handle = await open(through(place), constants.O_RDONLY | constants.O_NONBLOCK);
    const opened = await handle.stat({ bigint: true });
    if (opened.dev === found.value.dev && opened.ino === found.value.ino) return ok({ handle, stat: opened });
    await handle.close();
    return refused('another file was opened');
  } catch (problem) {
    return missing(problem);
  } finally {
    for (const handle of held) await handle.close();
  }
};

/** Is what we hold a plain file that is under this name and under no other? */
export async function ownFile({ top, place }: { readonly top: FileHandle; readonly place: FileHandle }, name: string): Promise<Result<BigIntStats, Denial>> {
  const found = await place.stat({ bigint: true });
  if (!found.isFile()) return refused('no plain file');
  if (found.nlink !== 1n) return refused('it has another name as well');
  // A name that is taken away is gone from this handle for good. So this name was still there when it was the only one.
  if ((await whereIs(place)) !== inside(await whereIs(top), name)) return refused('it was moved meanwhile');
  return ok(found);
}

/** As the kernel has it now, byte for byte; with a remark behind it when the name is gone. */
const whereIs = (handle: FileHandle): Promise<string> => readlink(through(handle), 'latin1');
const inside = (root: string, name: string): string => `${root === '/' ? '' : root}/${name}`;

import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import { readableFile, type ReadableFile } from '@argus/protocol/readable-files.ts';
import type { Files, OpenFile } from '../../ports.ts';
import type { KnownConfigs } from './known-configs.ts';
import { isLinuxWeKnow, openByHandles } from './open-by-handles.ts';
import { openByName } from './open-by-name.ts';
import { refused, type Opened } from './opened.ts';

const CONFIG_BYTES_MAX = 1_048_576;
const CONFIG = mustBeReadable('config.yaml');

/** The readable files of an install root. Every one of them is opened by `open`, and by nothing else. */
export function installRootFiles(root: string, configs: KnownConfigs, open = isLinuxWeKnow ? openByHandles : openByName): Files {
  async function openKnown(name: ReadableFile): Promise<Result<Opened, Denial>> {
    const opened = await open(root, name);
    if (!opened.ok) return opened;
    const { handle, stat } = opened.value;
    if (name === CONFIG) configs.see(stat);
    else if (configs.isOne(stat)) {
      await handle.close();
      return refused('it is the configuration, under another name');
    }
    return opened;
  }
  const use = async <T>(name: ReadableFile, how: (file: OpenFile) => Promise<T>): Promise<Result<T, Denial>> => {
    // What is the configuration now may be it under another name in a moment.
    if (name !== CONFIG) await use(CONFIG, async () => undefined);
    const opened = await openKnown(name);
    if (!opened.ok) return err(opened.error);
    const { handle, stat } = opened.value;
    try {
      return ok(await how({ size: Number(stat.size), read: (at, length) => readAt(handle, at, length) }));
    } finally {
      await handle.close();
    }
  };
  return {
    use,
    async configDigest() {
      const read = await use(CONFIG, (file) => file.read(0, CONFIG_BYTES_MAX + 1)).catch(() => null); // it cannot be read after all
      return read?.ok && read.value.length <= CONFIG_BYTES_MAX ? createHash('sha256').update(read.value).digest('hex') : null;
    },
  };
}

function mustBeReadable(name: string): ReadableFile {
  const file = readableFile(name);
  if (!file) throw new TypeError(`${name} is not on the list`);
  return file;
}

/** The size is not to be relied on: a file may grow or shrink while it is read, and some say 0 and go on for ever. */
async function readAt(handle: FileHandle, at: number, most: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(most); // not of the pool: nothing else is in it
  let length = 0;
  for (let read = -1; read !== 0 && length < most; length += read) read = (await handle.read(buffer, length, most - length, at + length)).bytesRead;
  return buffer.subarray(0, length);
}

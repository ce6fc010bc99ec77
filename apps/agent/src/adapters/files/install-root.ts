import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Files } from '../../ports.ts';

const CONFIG_BYTES_MAX = 1_048_576;

/** Reads one fixed name, never through a link, and only a plain file with no second name. */
export const installRootFiles = (root: string): Files => ({
  async configDigest() {
    const file = await open(join(root, 'config.yaml'), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
    if (!file) return null;
    try {
      const stat = await file.stat();
      if (!stat.isFile() || stat.nlink !== 1 || stat.size > CONFIG_BYTES_MAX) return null;
      const bytes = await readAtMost(file, CONFIG_BYTES_MAX + 1);
      return bytes.length > CONFIG_BYTES_MAX ? null : createHash('sha256').update(bytes).digest('hex');
    } catch {
      return null; // it cannot be read after all
    } finally {
      await file.close();
    }
  },
});

/** The size in `stat` is not to be relied on: a file may grow while it is read, and some say 0 and go on for ever. */
async function readAtMost(file: FileHandle, most: number): Promise<Buffer> {
  const buffer = Buffer.alloc(most);
  let length = 0;
  for (let read = -1; read !== 0 && length < most; length += read) read = (await file.read(buffer, length, most - length, null)).bytesRead;
  return buffer.subarray(0, length);
}

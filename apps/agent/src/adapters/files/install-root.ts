import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
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
      return createHash('sha256').update(await file.readFile()).digest('hex');
    } finally {
      await file.close();
    }
  },
});

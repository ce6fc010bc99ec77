/** An install root without a disk. What is null is there and no plain file. */
import { err, ok } from '@argus/kit/result.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { deny } from '@argus/protocol/errors.ts';
import type { Files } from '../src/ports.ts';

export type Content = string | Uint8Array | null;
export const FILES: Readonly<Record<string, Content>> = {
  'argus.log': Array.from({ length: 300 }, (_, n) => `line ${n + 1}\n`).join(''),
  'config.yaml': 'streams: 4\nupload_token: hunter2\n',
  'version.txt': '4.2.0\n',
  'crashes/2026-02-27.txt': 'decoder stalled\n',
};

export function memoryFiles(files: Readonly<Record<string, Content>>): Files {
  const bytesOf = (name: string): Uint8Array | null | undefined => {
    const content = Object.hasOwn(files, name) ? files[name] : undefined;
    return typeof content === 'string' ? Buffer.from(content) : content;
  };
  return {
    async use(name, how) {
      const bytes = bytesOf(name);
      if (bytes === undefined) return err(deny('file_not_found'));
      if (bytes === null) return err(deny('path_not_allowlisted'));
      return ok(await how({ size: bytes.length, read: async (at, length) => bytes.subarray(at, at + length) }));
    },
    async configDigest() {
      const bytes = bytesOf('config.yaml');
      return bytes ? sha256Hex(bytes) : null;
    },
  };
}

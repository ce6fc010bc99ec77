import { createHash } from 'node:crypto';

/** SHA-256 of what goes by, without keeping it. */
export function digesting() {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    add(chunk: Uint8Array): void {
      hash.update(chunk);
      bytes += chunk.length;
    },
    bytes: () => bytes,
    hex: () => hash.digest('hex'),
  };
}

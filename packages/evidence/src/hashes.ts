import { fromBase64 } from '@argus/kit/bytes.ts';

/** Null: one of them is none. */
export function hashesOf(texts: readonly string[]): Uint8Array[] | null {
  const hashes: Uint8Array[] = [];
  for (const text of texts) {
    const hash = fromBase64(text);
    if (!hash) return null;
    hashes.push(hash);
  }
  return hashes;
}

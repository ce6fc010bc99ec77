/**
 * The second implementation: RFC 6962, section 2.1, written down as the definitions stand there, recursion and all.
 * Shares nothing with src. Slow on purpose; only the tree hash is remembered, or tests would take minutes.
 */
import { hash } from 'node:crypto';

export type ReferenceTree = {
  readonly leafHash: (index: number) => Uint8Array;
  readonly root: (size: number) => Uint8Array;
  readonly path: (index: number, size: number) => readonly Uint8Array[];
  readonly proof: (from: number, to: number) => readonly Uint8Array[];
};

const H = (...parts: readonly Uint8Array[]): Uint8Array => hash('sha256', Buffer.concat(parts), 'buffer');

/** The largest power of two smaller than n. */
const splitOf = (n: number): number => {
  let k = 1;
  while (2 * k < n) k = 2 * k;
  return k;
};

export function referenceTree(d: readonly Uint8Array[]): ReferenceTree {
  const known = new Map<string, Uint8Array>();

  // MTH(D[a:b])
  const mth = (a: number, b: number): Uint8Array => {
    const name = `${a}:${b}`;
    const found = known.get(name);
    if (found) return found;
    const n = b - a;
    const k = splitOf(n);
    const leaf = d[a] ?? Buffer.alloc(0);
    const value =
      n === 0 ? H() : n === 1 ? H(Buffer.of(0), leaf) : H(Buffer.of(1), mth(a, a + k), mth(a + k, b));
    known.set(name, value);
    return value;
  };

  // PATH(m, D[a:b])
  const path = (m: number, a: number, b: number): readonly Uint8Array[] => {
    const n = b - a;
    if (n === 1) return [];
    const k = splitOf(n);
    return m < k ? [...path(m, a, a + k), mth(a + k, b)] : [...path(m - k, a + k, b), mth(a, a + k)];
  };

  // SUBPROOF(m, D[a:b], whole)
  const subproof = (m: number, a: number, b: number, whole: boolean): readonly Uint8Array[] => {
    const n = b - a;
    if (m === n) return whole ? [] : [mth(a, b)];
    const k = splitOf(n);
    return m <= k
      ? [...subproof(m, a, a + k, whole), mth(a + k, b)]
      : [...subproof(m - k, a + k, b, false), mth(a, a + k)];
  };

  return {
    leafHash: (index) => mth(index, index + 1),
    root: (size) => mth(0, size),
    path: (index, size) => path(index, 0, size),
    proof: (from, to) => subproof(from, 0, to, true),
  };
}

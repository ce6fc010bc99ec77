/**
 * SHA-256 (FIPS 180-4) in plain code: a browser has one only behind a promise, and the tree wants its answer now. The same
 * words in and out as node:crypto; the vectors and a few thousand random inputs hold the two together.
 */
import { toHex } from '@argus/kit/bytes.ts';

export type Digest = { update(bytes: Uint8Array): void; hex(): string };

const firstPrimes = (count: number): readonly number[] => {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
};
/** The first 32 bits of the fraction. Exact: the roots of the first primes are far from the edge of a double. */
const fractionOf = (root: number): number => Math.floor((root - Math.floor(root)) * 2 ** 32) >>> 0;
const PRIMES = firstPrimes(64);
const K = Uint32Array.from(PRIMES, (prime) => fractionOf(Math.cbrt(prime)));
const START = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fractionOf(Math.sqrt(prime)));
const BLOCK = 64;

const at = (words: Uint32Array, i: number): number => words[i] ?? 0; // within its length, always
const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

function compress(state: Uint32Array, block: DataView, w: Uint32Array): void {
  for (let i = 0; i < 16; i++) w[i] = block.getUint32(4 * i);
  for (let i = 16; i < 64; i++) {
    const [x, y] = [at(w, i - 15), at(w, i - 2)];
    w[i] = at(w, i - 16) + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + at(w, i - 7) + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + at(K, i) + at(w, i)) >>> 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) >>> 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) >>> 0, c, b, a, (one + two) >>> 0];
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = at(state, i) + word;
}

export function newSha256(): Digest & { bytes(): Uint8Array } {
  const state = START.slice();
  const w = new Uint32Array(64);
  const held = new Uint8Array(BLOCK);
  const view = new DataView(held.buffer);
  let length = 0;

  const update = (bytes: Uint8Array): void => {
    for (let from = 0; from < bytes.length; ) {
      const room = BLOCK - (length % BLOCK);
      const part = bytes.subarray(from, from + room);
      held.set(part, length % BLOCK);
      length += part.length;
      from += part.length;
      if (length % BLOCK === 0) compress(state, view, w);
    }
  };
  const bytes = (): Uint8Array => {
    const bits = length * 8;
    const ending = new Uint8Array(((length % BLOCK) + 9 > BLOCK ? 2 : 1) * BLOCK - (length % BLOCK));
    ending[0] = 0x80;
    const end = new DataView(ending.buffer);
    end.setUint32(ending.length - 8, Math.floor(bits / 2 ** 32));
    end.setUint32(ending.length - 4, bits >>> 0);
    update(ending);
    const out = new Uint8Array(32);
    for (const [i, word] of state.entries()) new DataView(out.buffer).setUint32(4 * i, word);
    return out;
  };
  return { update, bytes, hex: () => toHex(bytes()) };
}

export function sha256(input: Uint8Array): Uint8Array {
  const digest = newSha256();
  digest.update(input);
  return digest.bytes();
}

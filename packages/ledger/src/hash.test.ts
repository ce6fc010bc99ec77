import { fromUtf8, toHex } from '@argus/kit/bytes.ts';
import { expect, test } from 'vitest';
import { sha256 } from '../vectors/node-crypto.ts';
import { publishedTree } from '../vectors/published.ts';
import { emptyRoot, leafHash, nodeHash } from './hash.ts';

const published = publishedTree.leaves.map((leaf) => leafHash(sha256, Buffer.from(leaf, 'hex')));

test('a tree of one leaf, of two, and of none has the published root', () => {
  const [first = sha256(Buffer.of()), second = first] = published;
  expect(toHex(first)).toBe(publishedTree.roots[0]);
  expect(toHex(nodeHash(sha256, first, second))).toBe(publishedTree.roots[1]);
  expect(toHex(emptyRoot(sha256))).toBe(publishedTree.emptyRoot);
});

/** Guarantee: no choice of leaf bytes can be presented as an inner node, or the other way round. */
test('what is hashed for a leaf and for a node starts with different bytes', () => {
  const seen: Uint8Array[] = [];
  const spy = (bytes: Uint8Array): Uint8Array => (seen.push(bytes), sha256(bytes));
  const half = new Uint8Array(32).fill(0x41);
  leafHash(spy, new Uint8Array(64).fill(0x41));
  nodeHash(spy, half, half);
  expect(seen.map((bytes) => [bytes[0], bytes.length])).toEqual([
    [0, 65],
    [1, 65],
  ]);
  expect(seen.map((bytes) => fromUtf8(bytes.slice(1)))).toEqual(['A'.repeat(64), 'A'.repeat(64)]);
});

test.each([
  [31, 33],
  [33, 31],
  [32, 0],
  [0, 32],
  [64, 32],
])('%i and %i bytes make no node', (left, right) =>
  expect(() => nodeHash(sha256, new Uint8Array(left), new Uint8Array(right))).toThrow(TypeError));

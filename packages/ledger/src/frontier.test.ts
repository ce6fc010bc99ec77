import { toHex, utf8 } from '@argus/kit/bytes.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '../vectors/node-crypto.ts';
import { publishedTree } from '../vectors/published.ts';
import { referenceTree } from '../vectors/reference.ts';
import { storedTree } from '../vectors/stored-tree.ts';
import { emptyFrontier, frontierOf, frontierRoot, grow } from './frontier.ts';
import { leafHash } from './hash.ts';
import { planRoot } from './plan.ts';

test('the published tree grows through the published roots', () => {
  let frontier = emptyFrontier;
  expect(toHex(frontierRoot(sha256, frontier))).toBe(publishedTree.emptyRoot);
  for (const [i, leaf] of publishedTree.leaves.entries()) {
    frontier = grow(sha256, frontier, leafHash(sha256, Buffer.from(leaf, 'hex'))).frontier;
    expect(toHex(frontierRoot(sha256, frontier))).toBe(publishedTree.roots[i]);
  }
});

const leaves = Array.from({ length: 300 }, (_, i) => utf8(`leaf ${i}`));
const reference = referenceTree(leaves);
const leafHashes = leaves.map((leaf) => leafHash(sha256, leaf));

test('a frontier grown leaf by leaf is the one read back from storage, with the root of the RFC, at every size', () => {
  const read = storedTree(sha256, leafHashes);
  let frontier = emptyFrontier;
  for (const [i, leaf] of leafHashes.entries()) {
    frontier = grow(sha256, frontier, leaf).frontier;
    expect(frontier).toEqual(frontierOf(i + 1, read));
    expect(toHex(frontierRoot(sha256, frontier))).toBe(toHex(reference.root(i + 1)));
  }
});

test('each leaf hands over the subtrees it completes, itself first, and nothing twice', () => {
  const completed: string[][] = [];
  let frontier = emptyFrontier;
  for (const leaf of leafHashes.slice(0, 8)) {
    const growth = grow(sha256, frontier, leaf);
    frontier = growth.frontier;
    completed.push(growth.completed.map(({ level, index }) => `${level}/${index}`));
  }
  expect(completed).toEqual([
    ['0/0'],
    ['0/1', '1/0'],
    ['0/2'],
    ['0/3', '1/1', '2/0'],
    ['0/4'],
    ['0/5', '1/2'],
    ['0/6'],
    ['0/7', '1/3', '2/1', '3/0'],
  ]);
});

test('growing leaves the frontier it grew from alone, so a failed commit can be tried again', () => {
  const three = frontierOf(3, storedTree(sha256, leafHashes));
  const before = three.hashes.map(toHex);
  const once = grow(sha256, three, leafHashes[3] ?? sha256(utf8('')));
  expect(grow(sha256, three, leafHashes[3] ?? sha256(utf8('')))).toEqual(once);
  expect(three.hashes.map(toHex)).toEqual(before);
});

test('a frontier grows past 2^32 leaves, and stops where numbers do', () => {
  const size = 2 ** 53 - 2;
  const full = frontierOf(size, ({ level, index }) => sha256(utf8(`${level}/${index}`)));
  const leaf = sha256(utf8('last'));
  const { frontier, completed } = grow(sha256, full, leaf);
  expect(frontier.hashes).toHaveLength(planRoot(size + 1).length);
  expect(completed).toEqual([{ level: 0, index: size, hash: leaf }]);
  expect(() => grow(sha256, frontier, leaf)).toThrow(RangeError);
  const odd = frontierOf(2 ** 40 - 1, ({ level, index }) => sha256(utf8(`${level}/${index}`)));
  expect(grow(sha256, odd, leaf).completed.at(-1)).toMatchObject({ level: 40, index: 0 });
});

test('what is not a hash, and a frontier that lost one, are bugs', () => {
  expect(() => grow(sha256, emptyFrontier, utf8('a leaf, not its hash'))).toThrow(TypeError);
  expect(() => grow(sha256, { size: 3, hashes: [] }, sha256(utf8('')))).toThrow('lacks a hash');
});

test('any run of leaves has the root of the RFC', () =>
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 40 }), (run) => {
      const grown = run.reduce((f, leaf) => grow(sha256, f, leafHash(sha256, leaf)).frontier, emptyFrontier);
      expect(toHex(frontierRoot(sha256, grown))).toBe(toHex(referenceTree(run).root(run.length)));
    }),
  ));

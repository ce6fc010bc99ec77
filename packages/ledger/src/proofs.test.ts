import { sameBytes, toHex, utf8 } from '@argus/kit/bytes.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '../vectors/node-crypto.ts';
import { publishedTree } from '../vectors/published.ts';
import { referenceTree } from '../vectors/reference.ts';
import { storedTree } from '../vectors/stored-tree.ts';
import { emptyRoot, leafHash, nodeHash, type Sha256 } from './hash.ts';
import type { Subtree } from './plan.ts';
import {
  consistencyProof,
  foldSubtrees,
  inclusionProof,
  rootOf,
  verifyConsistency,
  verifyInclusion,
  type ReadSubtree,
} from './proofs.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

test('the published tree has the published roots and proofs', () => {
  const leafHashes = publishedTree.leaves.map((leaf) => leafHash(sha256, bytes(leaf)));
  const read = storedTree(sha256, leafHashes);
  const root = (size: number): Uint8Array => bytes(publishedTree.roots[size - 1] ?? '');
  expect(publishedTree.roots.map((_, i) => toHex(rootOf(sha256, i + 1, read)))).toEqual(publishedTree.roots);
  expect(toHex(rootOf(sha256, 0, read))).toBe(publishedTree.emptyRoot);
  for (const { index, size, proof } of publishedTree.inclusion) {
    expect(inclusionProof(sha256, index, size, read).map(toHex)).toEqual(proof);
    const leaf = leafHashes[index] ?? bytes('');
    const claim = { index, size, leafHash: leaf, proof: proof.map(bytes), root: root(size) };
    expect(verifyInclusion(sha256, claim)).toBe(true);
  }
  for (const { from, to, proof } of publishedTree.consistency) {
    expect(consistencyProof(sha256, from, to, read).map(toHex)).toEqual(proof);
    const claim = { from, to, fromRoot: root(from), toRoot: root(to), proof: proof.map(bytes) };
    expect(verifyConsistency(sha256, claim)).toBe(true);
  }
});

const leaves = Array.from({ length: 1_000 }, (_, i) => utf8(`leaf ${i}`));
const reference = referenceTree(leaves);
const read = storedTree(sha256, leaves.map((leaf) => leafHash(sha256, leaf)));

/** One comparison for a whole proof: half a million calls of expect would be most of the test. */
const sameProof = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean =>
  a.length === b.length && Buffer.concat(a).equals(Buffer.concat(b));

test('every leaf of every tree up to 130 has the proof of the RFC, and it is accepted', () => {
  for (let size = 1; size <= 130; size++) {
    const root = rootOf(sha256, size, read);
    expect(toHex(root)).toBe(toHex(reference.root(size)));
    for (let index = 0; index < size; index++) {
      const proof = inclusionProof(sha256, index, size, read);
      if (!sameProof(proof, reference.path(index, size))) expect.fail(`not the RFC's proof: leaf ${index} of ${size}`);
      const claim = { index, size, leafHash: reference.leafHash(index), proof, root };
      if (!verifyInclusion(sha256, claim)) expect.fail(`refused: leaf ${index} of ${size}`);
    }
  }
});

/**
 * SHA-256 would take most of a minute for half a million proofs. Their shape does not depend on it: here every pair
 * of hashes gets a name of its own, so that, as with a perfect hash, two nodes are equal only if their leaves are.
 */
function naming(): Sha256 {
  const names = new Map<number, Uint8Array>();
  return (input) => {
    if (input.length !== 65) throw new TypeError('names are for nodes only');
    const key = numberAt(input, 1) * 2 ** 15 + numberAt(input, 33); // a small integer, which Map finds fastest
    const known = names.get(key);
    if (known) return known;
    const name = numbered(leaves.length + names.size);
    names.set(key, name);
    return name;
  };
}

const numbered = (n: number): Uint8Array => {
  if (n >= 2 ** 15) throw new RangeError('out of names');
  return Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? n >> 8 : i === 1 ? n & 255 : 0));
};
const numberAt = (bytes: Uint8Array, i: number): number => (bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0);

// Half a million proofs: about 4 s, more when every core is at work.
test('every leaf of every tree up to 1,000 is proved', { timeout: 60_000 }, () => {
  const named = naming();
  const leafNames = leaves.map((_, i) => numbered(i));
  const readNamed = storedTree(named, leafNames);
  for (let size = 1; size <= leaves.length; size++) {
    const root = rootOf(named, size, readNamed);
    for (const [index, name] of leafNames.slice(0, size).entries()) {
      const proof = inclusionProof(named, index, size, readNamed);
      if (!verifyInclusion(named, { index, size, leafHash: name, proof, root }))
        expect.fail(`refused: leaf ${index} of ${size}`);
    }
  }
});

function checkConsistency(from: number, to: number): void {
  const proof = consistencyProof(sha256, from, to, read);
  if (from > 0 && !sameProof(proof, reference.proof(from, to))) expect.fail(`not the RFC's proof: ${from} to ${to}`);
  const claim = { from, to, fromRoot: reference.root(from), toRoot: reference.root(to), proof };
  if (!verifyConsistency(sha256, claim)) expect.fail(`refused: ${from} to ${to}`);
}

test('every tree up to 150 has the consistency proof of the RFC with each of its pasts, and it is accepted', () => {
  for (let to = 0; to <= 150; to++) for (let from = 0; from <= to; from++) checkConsistency(from, to);
});

const anyPair = (size: fc.Arbitrary<number>): fc.Arbitrary<readonly [number, number]> =>
  fc.tuple(size, size).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

test('so have larger trees', () =>
  fc.assert(fc.property(anyPair(fc.nat(1_000)), ([from, to]) => checkConsistency(from, to)), { numRuns: 500 }));

/** A tree too large to exist: every leaf is the same but one, so that a subtree's hash follows from its place. */
function hugeTree(special: number): ReadSubtree {
  const plain: Uint8Array[] = [leafHash(sha256, utf8('plain'))];
  for (const hash of plain) if (plain.length < 54) plain.push(nodeHash(sha256, hash, hash));
  const plainAt = (level: number): Uint8Array => plain[level] ?? emptyRoot(sha256);
  return ({ level, index }: Subtree) => {
    if (Math.floor(special / 2 ** level) !== index) return plainAt(level);
    let hash = leafHash(sha256, utf8('special'));
    for (let below = 0; below < level; below++) {
      const onLeft = Math.floor(special / 2 ** below) % 2 === 1;
      hash = foldSubtrees(sha256, onLeft ? [plainAt(below), hash] : [hash, plainAt(below)]);
    }
    return hash;
  };
}

test('proofs hold up to 2^53 - 1 leaves, where 32-bit arithmetic would not', () =>
  fc.assert(
    fc.property(anyPair(fc.maxSafeNat()), ([a, b]) => {
      const [index, size] = a === b ? [0, b + 1] : [a, b];
      const huge = hugeTree(index);
      const root = rootOf(sha256, size, huge);
      const proof = inclusionProof(sha256, index, size, huge);
      const claim = { index, size, leafHash: huge({ level: 0, index }), proof, root };
      expect(verifyInclusion(sha256, claim)).toBe(true);
      expect(verifyInclusion(sha256, { ...claim, leafHash: huge({ level: 0, index: index + 1 }) })).toBe(false);
      const past = { from: a, to: size, fromRoot: rootOf(sha256, a, huge), toRoot: root };
      const growth = consistencyProof(sha256, a, size, huge);
      expect(verifyConsistency(sha256, { ...past, proof: growth })).toBe(true);
    }),
    { examples: [[[2 ** 52, 2 ** 53 - 1]], [[2 ** 53 - 2, 2 ** 53 - 1]], [[2 ** 32, 2 ** 32 + 1]]] },
  ));

test('nothing folds into the root of the empty tree', () =>
  expect(sameBytes(foldSubtrees(sha256, []), emptyRoot(sha256))).toBe(true));

import { toHex } from '@argus/kit/bytes.ts';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { printVectors } from '../vectors/generate.ts';
import vectors from '../vectors/ledger.json' with { type: 'json' };
import { keyFromSeed, sha256, verifyEd25519 } from '../vectors/node-crypto.ts';
import { publishedTree } from '../vectors/published.ts';
import { referenceTree } from '../vectors/reference.ts';
import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { leafHash } from './hash.ts';
import { verifyConsistency, verifyInclusion } from './proofs.ts';

const bytes = (hex: string | undefined): Uint8Array => Buffer.from(hex ?? '', 'hex');
const hashes = (proof: readonly string[]): readonly Uint8Array[] => proof.map(bytes);

/** Evidence outlives versions: if this fails, either the change is a mistake or old bundles stop verifying. */
test('the code still prints the vectors that are in the repository', () =>
  expect(printVectors()).toBe(readFileSync(new URL('../vectors/ledger.json', import.meta.url), 'utf8')));

test('the vectors begin with the published tree and agree with the RFC written down', () => {
  expect(vectors.leaves.slice(0, 8)).toEqual(publishedTree.leaves);
  expect(vectors.roots.slice(0, 9)).toEqual([publishedTree.emptyRoot, ...publishedTree.roots]);
  const tree = referenceTree(vectors.leaves.map(bytes));
  expect(vectors.roots).toEqual(vectors.roots.map((_, size) => toHex(tree.root(size))));
  for (const { index, size, proof } of vectors.inclusion) expect(proof).toEqual(tree.path(index, size).map(toHex));
  for (const { from, to, proof } of vectors.consistency)
    expect(proof).toEqual(from === 0 ? [] : tree.proof(from, to).map(toHex));
});

test('every vector is accepted', () => {
  expect(vectors.leaves.map((leaf) => toHex(leafHash(sha256, bytes(leaf))))).toEqual(vectors.leaf_hashes);
  for (const { index, size, proof } of vectors.inclusion) {
    const leaf = bytes(vectors.leaf_hashes[index]);
    const claim = { index, size, leafHash: leaf, proof: hashes(proof), root: bytes(vectors.roots[size]) };
    expect(verifyInclusion(sha256, claim), `leaf ${index} of ${size}`).toBe(true);
  }
  for (const { from, to, proof } of vectors.consistency) {
    const [fromRoot, toRoot] = [bytes(vectors.roots[from]), bytes(vectors.roots[to])];
    const claim = { from, fromRoot, to, toRoot, proof: hashes(proof) };
    expect(verifyConsistency(sha256, claim), `${from} to ${to}`).toBe(true);
  }
});

test.each(vectors.refused_inclusion)('no inclusion: $why', ({ index, size, leaf_hash, proof, root }) => {
  const claim = { index, size, leafHash: bytes(leaf_hash), proof: hashes(proof), root: bytes(root) };
  expect(verifyInclusion(sha256, claim)).toBe(false);
});

test.each(vectors.refused_consistency)('no consistency: $why', ({ from, from_root, to, to_root, proof }) => {
  const claim = { from, fromRoot: bytes(from_root), to, toRoot: bytes(to_root), proof: hashes(proof) };
  expect(verifyConsistency(sha256, claim)).toBe(false);
});

const { checkpoint } = vectors;
const publicKey = bytes(checkpoint.public_key);
const open = (note: string): Checkpoint | null =>
  openCheckpoint({ sha256, verify: verifyEd25519, note, origin: checkpoint.origin, publicKey });

test.each([{ why: 'as signed', note: checkpoint.note }, ...vectors.also_opens])('opens: $why', ({ note }) =>
  expect(open(note)).toEqual({
    origin: checkpoint.origin,
    size: checkpoint.size,
    root: Uint8Array.from(bytes(checkpoint.root)),
  }));

test.each(vectors.refused_notes)('does not open: $why', ({ note }) => expect(open(note)).toBeNull());

test('the public key is that of the seed', () =>
  expect(toHex(keyFromSeed(bytes(checkpoint.seed)).publicKey)).toBe(checkpoint.public_key));

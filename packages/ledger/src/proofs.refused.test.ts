import { utf8 } from '@argus/kit/bytes.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '../vectors/node-crypto.ts';
import { publishedTree } from '../vectors/published.ts';
import { referenceTree } from '../vectors/reference.ts';
import { emptyRoot } from './hash.ts';
import { planConsistency, planInclusion } from './plan.ts';
import { verifyConsistency, verifyInclusion, type ConsistencyClaim, type InclusionClaim } from './proofs.ts';

const SIZE_MAX = 300;
// The reference makes the proofs, so that these tests say something about verifying alone.
const tree = referenceTree(Array.from({ length: SIZE_MAX }, (_, i) => utf8(`leaf ${i}`)));
const other = sha256(utf8('no part of the tree'));

const inclusion = (index: number, size: number): InclusionClaim => ({
  index,
  size,
  leafHash: tree.leafHash(index),
  proof: tree.path(index, size),
  root: tree.root(size),
});
const consistency = (from: number, to: number): ConsistencyClaim => ({
  from,
  to,
  fromRoot: tree.root(from),
  toRoot: tree.root(to),
  proof: tree.proof(from, to),
});

const anyInclusion = fc
  .tuple(fc.nat(SIZE_MAX - 1), fc.nat(SIZE_MAX - 1))
  .map(([a, b]) => inclusion(Math.min(a, b), Math.max(a, b) + 1));
/** Two different trees, neither empty: the others have nothing to tamper with. */
const anyConsistency = fc
  .tuple(fc.integer({ min: 1, max: SIZE_MAX }), fc.integer({ min: 1, max: SIZE_MAX }))
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => consistency(Math.min(a, b), Math.max(a, b)));

const flip = (hash: Uint8Array, bit: number): Uint8Array =>
  hash.with(bit >> 3, (hash[bit >> 3] ?? 0) ^ (1 << (bit & 7)));

/** Ways of spoiling a proof: a bit flipped, a hash cut, lengthened, dropped, doubled, swapped, added. */
function spoiled(proof: readonly Uint8Array[], bit: number): readonly (readonly Uint8Array[])[] {
  const at = proof.map((_, i) => i);
  return [
    ...proof.map((hash, i) => proof.with(i, flip(hash, bit))),
    ...proof.map((hash, i) => proof.with(i, hash.slice(0, 31))),
    ...proof.map((hash, i) => proof.with(i, Buffer.concat([hash, Buffer.of(0)]))),
    ...at.map((i) => proof.toSpliced(i, 1)),
    ...at.map((i) => proof.toSpliced(i, 0, proof[i] ?? other)),
    ...at.slice(1).map((i) => proof.toSpliced(i - 1, 2, ...proof.slice(i - 1, i + 1).toReversed())),
    [other, ...proof],
    [...proof, other],
    [...proof, new Uint8Array(0)],
  ];
}

const anyBit = fc.nat(255);

test('an inclusion proof with any bit, hash or order changed is refused', () =>
  fc.assert(
    fc.property(anyInclusion, anyBit, (claim, bit) => {
      expect(verifyInclusion(sha256, claim)).toBe(true);
      for (const proof of spoiled(claim.proof, bit)) expect(verifyInclusion(sha256, { ...claim, proof })).toBe(false);
      expect(verifyInclusion(sha256, { ...claim, leafHash: flip(claim.leafHash, bit) })).toBe(false);
      expect(verifyInclusion(sha256, { ...claim, root: flip(claim.root, bit) })).toBe(false);
    }),
  ));

test('a consistency proof with any bit, hash or order changed is refused', () =>
  fc.assert(
    fc.property(anyConsistency, anyBit, (claim, bit) => {
      expect(verifyConsistency(sha256, claim)).toBe(true);
      for (const proof of spoiled(claim.proof, bit)) expect(verifyConsistency(sha256, { ...claim, proof })).toBe(false);
      expect(verifyConsistency(sha256, { ...claim, fromRoot: flip(claim.fromRoot, bit) })).toBe(false);
      expect(verifyConsistency(sha256, { ...claim, toRoot: flip(claim.toRoot, bit) })).toBe(false);
      const swapped = { ...claim, fromRoot: claim.toRoot, toRoot: claim.fromRoot };
      expect(verifyConsistency(sha256, swapped)).toBe(false);
    }),
  ));

/** Guarantee: one proof puts a leaf at one place of a tree, and shows one past of it. */
test('at no other index, and from no other past, does the same proof hold', () =>
  fc.assert(
    fc.property(anyInclusion, anyConsistency, (leaf, growth) => {
      for (let index = -1; index <= leaf.size; index++)
        if (index !== leaf.index) expect(verifyInclusion(sha256, { ...leaf, index })).toBe(false);
      for (let from = -1; from <= growth.to + 1; from++)
        if (from !== growth.from) expect(verifyConsistency(sha256, { ...growth, from })).toBe(false);
    }),
    { numRuns: 30 },
  ));

/**
 * A tree of 3 and a tree of 4 prove their first leaf by two hashes on the right: the size alone is not in the proof,
 * which is why it is only believed together with its root, from a signed checkpoint. Where the shapes differ it is.
 */
test('at another size a proof holds only if proofs there have the same shape', () => {
  const sides = (plan: ReturnType<typeof planInclusion>, index: number): string =>
    plan.map(([first]) => (first && first.index * 2 ** first.level > index ? 'right' : 'left')).join();
  fc.assert(
    fc.property(anyInclusion, anyConsistency, (leaf, growth) => {
      const { index } = leaf;
      const shape = sides(planInclusion(index, leaf.size), index);
      for (let size = index + 1; size <= 2 * leaf.size + 1; size++) {
        const same = sides(planInclusion(index, size), index) === shape;
        expect(verifyInclusion(sha256, { ...leaf, size })).toBe(same);
      }
      const last = growth.from - 1;
      const growthShape = sides(planConsistency(growth.from, growth.to), last);
      for (let to = growth.from + 1; to <= 2 * growth.to + 1; to++) {
        const same = sides(planConsistency(growth.from, to), last) === growthShape;
        expect(verifyConsistency(sha256, { ...growth, to })).toBe(same);
      }
    }),
    { numRuns: 30 },
  );
});

test('two trees of one size are one tree, and have nothing to prove', () => {
  const claim = consistency(5, 5);
  expect(verifyConsistency(sha256, claim)).toBe(true);
  expect(verifyConsistency(sha256, { ...claim, toRoot: other })).toBe(false);
  expect(verifyConsistency(sha256, { ...claim, proof: [other] })).toBe(false);
});

test('every tree begins with the empty one, if that is the one it is said to be', () => {
  const empty = { from: 0, fromRoot: emptyRoot(sha256), to: 7, toRoot: tree.root(7), proof: [] };
  expect(verifyConsistency(sha256, empty)).toBe(true);
  expect(verifyConsistency(sha256, { ...empty, to: 0, toRoot: empty.fromRoot })).toBe(true);
  expect(verifyConsistency(sha256, { ...empty, to: 0 })).toBe(false);
  expect(verifyConsistency(sha256, { ...empty, to: 0, fromRoot: other, toRoot: other })).toBe(false);
  expect(verifyConsistency(sha256, { ...empty, fromRoot: other })).toBe(false);
  expect(verifyConsistency(sha256, { ...empty, fromRoot: empty.toRoot })).toBe(false);
  expect(verifyConsistency(sha256, { ...empty, proof: [empty.fromRoot] })).toBe(false);
});

test('a tree does not shrink', () => {
  const { from, to, fromRoot, toRoot, proof } = consistency(3, 7);
  expect(verifyConsistency(sha256, { from: to, to: from, fromRoot: toRoot, toRoot: fromRoot, proof })).toBe(false);
  // The children of the root of 7, by which 7 leaves could be said to be all there ever was of 3.
  const children = [tree.path(0, 7).at(-1) ?? other, tree.root(4)];
  expect(verifyConsistency(sha256, { from: 7, fromRoot: toRoot, to: 3, toRoot, proof: children })).toBe(false);
});

// Each of them would count as 3, 4 or 7 somewhere in the arithmetic, or never end it.
const noNumbers = ['3', '4', '7', 3n, 4n, 7n, [3], [4], [7], null, undefined];
test.each([3.5, 4.5, 7.5, -1, NaN, Infinity, -Infinity, 2 ** 53, ...noNumbers])(
  '%s is neither a place nor a size',
  (value) => {
    const number = value as number;
    expect(verifyInclusion(sha256, { ...inclusion(4, 7), index: number })).toBe(false);
    expect(verifyInclusion(sha256, { ...inclusion(4, 7), size: number })).toBe(false);
    expect(verifyConsistency(sha256, { ...consistency(3, 7), from: number })).toBe(false);
    expect(verifyConsistency(sha256, { ...consistency(3, 7), to: number })).toBe(false);
  },
);

test('a leaf is not in a tree that ends before it, nor in the empty tree', () => {
  const leaf = inclusion(0, 1);
  expect(verifyInclusion(sha256, { ...leaf, size: 0 })).toBe(false);
  expect(verifyInclusion(sha256, { ...leaf, index: 1 })).toBe(false);
  expect(verifyInclusion(sha256, { ...leaf, index: 1, size: 1, leafHash: leaf.root })).toBe(false);
  expect(verifyInclusion(sha256, { ...leaf, size: 0, root: Buffer.from(publishedTree.emptyRoot, 'hex') })).toBe(false);
});

const anyNumber = fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger(), fc.constantFrom(2 ** 53, 1e308, -0));
const anyHash = fc.oneof(fc.uint8Array({ minLength: 30, maxLength: 34 }), fc.constant(other), fc.anything());
const holes = Object.assign([], { length: 3 });
const anyProof = fc.oneof(fc.array(anyHash, { maxLength: 60 }), fc.anything(), fc.constant(holes));
const anyField = fc.oneof(anyNumber, anyHash, anyProof, fc.anything());

/** Guarantee: whatever a peer sends, the answer is a refusal, not an exception somewhere above the ladder. */
test('hostile input is refused and never thrown at', () =>
  fc.assert(
    fc.property(fc.array(anyField, { minLength: 5, maxLength: 5 }), fc.nat(31), (fields, spare) => {
      const [a, b, c, d, e] = fields;
      const leaf = inclusion(4, 7);
      const growth = consistency(3, 7);
      const hostile = (name: string, i: number, field: unknown) => (spare & (1 << i) ? {} : { [name]: field });
      const badLeaf = {
        ...leaf,
        ...hostile('index', 0, a),
        ...hostile('size', 1, b),
        ...hostile('leafHash', 2, c),
        ...hostile('root', 3, d),
        ...hostile('proof', 4, e),
      };
      const badGrowth = {
        ...growth,
        ...hostile('from', 0, a),
        ...hostile('to', 1, b),
        ...hostile('fromRoot', 2, c),
        ...hostile('toRoot', 3, d),
        ...hostile('proof', 4, e),
      };
      // What is accepted can only be the true claim, hit by chance, but for the size: see above.
      if (verifyInclusion(sha256, badLeaf)) expect({ ...badLeaf, size: leaf.size }).toEqual(leaf);
      if (verifyConsistency(sha256, badGrowth)) expect({ ...badGrowth, to: growth.to }).toEqual(growth);
    }),
    { numRuns: 3_000 },
  ));

test('holes and strings where hashes should be are no hashes', () => {
  for (const proof of [holes, ['a', 'b', 'c'], 'abc', { length: 3 }] as unknown as [[]]) {
    expect(verifyInclusion(sha256, { ...inclusion(4, 7), proof })).toBe(false);
    expect(verifyConsistency(sha256, { ...consistency(1, 8), proof })).toBe(false);
  }
});

test('the length of a proof is checked before anything in it is hashed', () => {
  const never = (): Uint8Array => expect.fail('hashed');
  const long = Array.from({ length: 1_000_000 }, () => other);
  expect(verifyInclusion(never, { ...inclusion(4, 7), proof: long })).toBe(false);
  expect(verifyConsistency(never, { ...consistency(3, 7), proof: long })).toBe(false);
});

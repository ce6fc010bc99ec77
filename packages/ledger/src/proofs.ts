/**
 * Proofs: made out of stored subtrees, checked with nothing but a root. The two halves share no reasoning (the
 * making follows the RFC's recursion down, the checking climbs up), so that one mistake cannot pass both.
 */
import { sameBytes } from '@argus/kit/bytes.ts';
import { emptyRoot, isHash, nodeHash, type Sha256 } from './hash.ts';
import { planConsistency, planInclusion, planRoot, type Subtree } from './plan.ts';

export type ReadSubtree = (subtree: Subtree) => Uint8Array;

/** Neighbouring complete subtrees, widest first, into the hash over all their leaves. */
export const foldSubtrees = (sha256: Sha256, hashes: readonly Uint8Array[]): Uint8Array =>
  hashes.length === 0 ? emptyRoot(sha256) : hashes.reduceRight((right, left) => nodeHash(sha256, left, right));

const readAndFold = (sha256: Sha256, subtrees: readonly Subtree[], read: ReadSubtree): Uint8Array =>
  foldSubtrees(sha256, subtrees.map((subtree) => read(subtree)));

export const rootOf = (sha256: Sha256, size: number, read: ReadSubtree): Uint8Array =>
  readAndFold(sha256, planRoot(size), read);

/** Four parameters where three is our habit: the RFC's own PATH(m, D[n]) and PROOF(m, D[n]), and what they run on. */
export const inclusionProof = (
  sha256: Sha256,
  index: number,
  size: number,
  read: ReadSubtree,
): readonly Uint8Array[] => planInclusion(index, size).map((subtrees) => readAndFold(sha256, subtrees, read));

export const consistencyProof = (
  sha256: Sha256,
  from: number,
  to: number,
  read: ReadSubtree,
): readonly Uint8Array[] => planConsistency(from, to).map((subtrees) => readAndFold(sha256, subtrees, read));

/**
 * What a verifier is told. All of it may come from an attacker: the answer is then false, never a throw, after at
 * most two hashes per level. A proof has the same shape at several sizes, so believe index, size and root only
 * together, from one signed checkpoint.
 */
export type InclusionClaim = {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
};

export type ConsistencyClaim = {
  readonly from: number;
  readonly fromRoot: Uint8Array;
  readonly to: number;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
};

/** True when the leaf stands at `index` in the tree of `size` leaves with this root. */
export function verifyInclusion(sha256: Sha256, claim: InclusionClaim): boolean {
  const { index, size, leafHash, proof, root } = claim;
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  if (!isHash(leafHash) || !isHash(root)) return false;
  const sides = sidesAbove(index, size - 1);
  if (!isProof(proof, sides.length)) return false;
  let hash = leafHash;
  for (const [i, sibling] of proof.entries())
    hash = sides[i] === 'left' ? nodeHash(sha256, sibling, hash) : nodeHash(sha256, hash, sibling);
  return sameBytes(hash, root);
}

/** True when the tree of `from` leaves is the beginning of the tree of `to` leaves: nothing changed, only added. */
export function verifyConsistency(sha256: Sha256, claim: ConsistencyClaim): boolean {
  const { from, fromRoot, to, toRoot, proof } = claim;
  if (!isSize(from) || !isSize(to) || from > to) return false;
  if (!isHash(fromRoot) || !isHash(toRoot)) return false;
  if (from === 0 && !sameBytes(fromRoot, emptyRoot(sha256))) return false;
  if (from === to) return isProof(proof, 0) && sameBytes(fromRoot, toRoot);
  if (from === 0) return isProof(proof, 0);

  // The proof starts at the largest complete subtree that ends where the old tree ends.
  let at = from - 1;
  let last = to - 1;
  while (at % 2 === 1) {
    at = half(at);
    last = half(last);
  }
  const sides = sidesAbove(at, last);
  // A first node at 0 is the whole old tree: its hash is the old root, so the proof leaves it out.
  const sent = at === 0 ? sides.length : sides.length + 1;
  if (!isProof(proof, sent)) return false;
  const [first, ...siblings] = at === 0 ? [fromRoot, ...proof] : proof;
  if (first === undefined) return false; // only for the compiler: sent is at least 1, or fromRoot leads
  let before = first;
  let after = first;
  for (const [i, sibling] of siblings.entries()) {
    const onLeft = sides[i] === 'left';
    if (onLeft) before = nodeHash(sha256, sibling, before); // what stands to the left was there before
    after = onLeft ? nodeHash(sha256, sibling, after) : nodeHash(sha256, after, sibling);
  }
  return sameBytes(before, fromRoot) && sameBytes(after, toRoot);
}

/**
 * On which side the sibling stands at each level from node `at` up to the root, `last` being the last node of the
 * same level. The last node has no sibling when it is a left one: it then moves up as it is.
 */
function sidesAbove(at: number, last: number): readonly ('left' | 'right')[] {
  const sides: ('left' | 'right')[] = [];
  for (; last > 0; at = half(at), last = half(last)) {
    if (at % 2 === 1) sides.push('left');
    else if (at < last) sides.push('right');
  }
  return sides;
}

const half = (n: number): number => Math.floor(n / 2);

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

// Length first: a proof of a million hashes is refused without looking at one. By iterator: `every` skips holes.
function isProof(value: unknown, length: number): value is readonly Uint8Array[] {
  if (!Array.isArray(value) || value.length !== length) return false;
  for (const item of value) if (!isHash(item)) return false;
  return true;
}

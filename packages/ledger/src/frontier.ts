/**
 * The right edge of a growing tree: all that has to stay in memory to append, about one hash per level.
 * Appending never looks back, and a stored subtree is never written twice.
 */
import { isHash, nodeHash, type Sha256 } from './hash.ts';
import { planRoot, type Subtree } from './plan.ts';
import { foldSubtrees, type ReadSubtree } from './proofs.ts';

/** `hashes` are those of the complete subtrees which `planRoot(size)` names, left to right. */
export type Frontier = { readonly size: number; readonly hashes: readonly Uint8Array[] };

export type CompletedSubtree = Subtree & { readonly hash: Uint8Array };

export type Growth = {
  readonly frontier: Frontier;
  /** What there is to store now: the leaf itself, and every subtree of which it was the last leaf. */
  readonly completed: readonly CompletedSubtree[];
};

export const emptyFrontier: Frontier = { size: 0, hashes: [] };

export const frontierOf = (size: number, read: ReadSubtree): Frontier => ({
  size,
  hashes: planRoot(size).map((subtree) => read(subtree)),
});

export function grow(sha256: Sha256, frontier: Frontier, leafHash: Uint8Array): Growth {
  const size = frontier.size + 1;
  if (!Number.isSafeInteger(size)) throw new RangeError('a tree has at most 2^53 - 1 leaves');
  if (!isHash(leafHash)) throw new TypeError('a tree grows by hashes, not by leaves');
  const hashes = frontier.hashes.slice();
  let node: CompletedSubtree = { level: 0, index: frontier.size, hash: leafHash };
  const completed = [node];
  // A node with an odd index completes its parent: the other child is the last hash of the edge.
  while (node.index % 2 === 1) {
    const left = hashes.pop();
    if (left === undefined) throw new TypeError(`a frontier of ${frontier.size} leaves lacks a hash`);
    node = { level: node.level + 1, index: (node.index - 1) / 2, hash: nodeHash(sha256, left, node.hash) };
    completed.push(node);
  }
  hashes.push(node.hash);
  return { frontier: { size, hashes }, completed };
}

export const frontierRoot = (sha256: Sha256, frontier: Frontier): Uint8Array =>
  foldSubtrees(sha256, frontier.hashes);

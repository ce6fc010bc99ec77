/** A tree as the server keeps it: grown leaf by leaf, every complete subtree written once. */
import { emptyFrontier, grow } from '../src/frontier.ts';
import type { Sha256 } from '../src/hash.ts';
import type { ReadSubtree } from '../src/proofs.ts';

export function storedTree(sha256: Sha256, leafHashes: readonly Uint8Array[]): ReadSubtree {
  const levels: Uint8Array[][] = [];
  let frontier = emptyFrontier;
  for (const leafHash of leafHashes) {
    const growth = grow(sha256, frontier, leafHash);
    frontier = growth.frontier;
    for (const { level, index, hash } of growth.completed) {
      const row = (levels[level] ??= []);
      if (row[index] !== undefined) throw new Error(`subtree ${level}/${index} was written twice`);
      row[index] = hash;
    }
  }
  return ({ level, index }) => {
    const hash = levels[level]?.[index];
    if (hash === undefined) throw new Error(`subtree ${level}/${index} is not complete`);
    return hash;
  };
}

/**
 * Which entries are not the ones a root was signed over? A root only says that something differs. From it down, the proofs of whoever
 * keeps the log name the two halves of each stretch; halves that make the signed hash are the true ones, whoever named them, and the
 * one that ours is not the same as has the change in it. Where they do not make it, nothing can be told, and nothing is.
 */
import { sameBytes } from '@argus/kit/bytes.ts';
import { emptyFrontier, frontierRoot, grow } from '@argus/ledger/frontier.ts';
import { nodeHash, type Sha256 } from '@argus/ledger/hash.ts';

export type Changed = {
  readonly root: Uint8Array;
  /** Of the entries as they were given, one after the other. */
  readonly hashes: readonly Uint8Array[];
  /** Of inclusion of this entry, from the leaf up; null: there is none to be had. */
  readonly proofOf: (index: number) => Promise<readonly Uint8Array[] | null>;
  /** So many are named; a log that is wrong everywhere is said to be so in a few. */
  readonly max?: number;
};

/** Ascending. Empty: none can be named. */
export async function findChanged(sha256: Sha256, { root, hashes, proofOf, max = 20 }: Changed): Promise<readonly number[]> {
  const proofs = new Map<number, Promise<readonly Uint8Array[] | null>>();
  const found: number[] = [];
  /** The other half of what `index` stands in, so many splits below the root. */
  async function beside(index: number, splits: number): Promise<Uint8Array | undefined> {
    let proof = proofs.get(index);
    if (!proof) proofs.set(index, (proof = proofOf(index)));
    return (await proof)?.at(-1 - splits);
  }
  async function look(from: number, end: number, { hash, splits }: { readonly hash: Uint8Array; readonly splits: number }): Promise<void> {
    if (found.length >= max || sameBytes(rootOver(sha256, hashes.slice(from, end)), hash)) return;
    if (end - from === 1) return void found.push(from);
    const middle = from + leftWidth(end - from);
    const [left, right] = [await beside(middle, splits), await beside(from, splits)];
    if (left?.length !== 32 || right?.length !== 32 || !sameBytes(nodeHash(sha256, left, right), hash)) return;
    await look(from, middle, { hash: left, splits: splits + 1 });
    await look(middle, end, { hash: right, splits: splits + 1 });
  }
  if (hashes.length > 0) await look(0, hashes.length, { hash: root, splits: 0 });
  return found;
}

function rootOver(sha256: Sha256, hashes: readonly Uint8Array[]): Uint8Array {
  let frontier = emptyFrontier;
  for (const hash of hashes) frontier = grow(sha256, frontier, hash).frontier;
  return frontierRoot(sha256, frontier);
}

/** RFC 6962: the largest power of two below it. */
function leftWidth(width: number): number {
  let left = 1;
  while (left * 2 < width) left *= 2;
  return left;
}

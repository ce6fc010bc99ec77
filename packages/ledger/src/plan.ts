/**
 * Which stored hashes a root or a proof is made of, found without touching any of them, so that a server can
 * fetch them in one query. Only complete subtrees are stored: they never change once their last leaf is in.
 *
 * Sizes go up to 2^53 - 1, where bit operators (32 bits wide) lie: this file counts with + - * / alone.
 */

/** The complete subtree over the leaves [index * 2^level, (index + 1) * 2^level). */
export type Subtree = { readonly level: number; readonly index: number };

/** Left to right; folded from the right they give the root. Empty for an empty tree. */
export function planRoot(size: number): readonly Subtree[] {
  requireSize(size);
  return cover(0, size);
}

/** RFC 6962 PATH(index, D[size]): one list of subtrees for each hash of the proof. */
export function planInclusion(index: number, size: number): readonly (readonly Subtree[])[] {
  requireSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size)
    throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  const plan: (readonly Subtree[])[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + leftWidth(end - start);
    if (index < middle) {
      plan.push(cover(middle, end));
      end = middle;
    } else {
      plan.push(cover(start, middle));
      start = middle;
    }
  }
  return plan.toReversed(); // found from the root down, sent from the leaf up
}

/** RFC 6962 PROOF(from, D[to]). Nothing has to be shown when the old tree is empty or both are the same. */
export function planConsistency(from: number, to: number): readonly (readonly Subtree[])[] {
  requireSize(from);
  requireSize(to);
  if (from > to) throw new RangeError(`a tree of ${to} has no past of ${from}`);
  if (from === 0) return [];
  const plan: (readonly Subtree[])[] = [];
  let start = 0;
  let end = to;
  while (end !== from) {
    const middle = start + leftWidth(end - start);
    if (from <= middle) {
      plan.push(cover(middle, end));
      end = middle;
    } else {
      plan.push(cover(start, middle));
      start = middle;
    }
  }
  // With start at 0 what remains is the whole old tree, whose root the verifier has already.
  if (start > 0) plan.push(cover(start, end));
  return plan.toReversed();
}

/** Complete subtrees over [start, end), widest first; `start` is a multiple of the widest, as it is in every plan. */
function cover(start: number, end: number): readonly Subtree[] {
  const subtrees: Subtree[] = [];
  let level = levelWithin(end - start);
  for (let width = 2 ** level; start < end; level--, width /= 2) {
    if (width > end - start) continue;
    subtrees.push({ level, index: start / width });
    start += width;
  }
  return subtrees;
}

/** RFC 6962 splits n > 1 leaves at the largest power of two below n. */
const leftWidth = (count: number): number => 2 ** levelWithin(count - 1);

/** Level of the largest complete subtree of at most `count` leaves. Math.log2 would round up near 2^53. */
function levelWithin(count: number): number {
  let level = 0;
  for (let width = 2; width <= count; width *= 2) level++;
  return level;
}

function requireSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`${size} is not the size of a tree`);
}

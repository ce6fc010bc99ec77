/** The candidate somebody most likely meant, if any is near enough to be worth naming. */
export function nearest(typed: string, candidates: readonly string[]): string | null {
  const begun = candidates.filter((candidate) => typed.length > 2 && candidate.startsWith(typed));
  if (begun.length === 1) return begun[0] ?? null;
  const near = candidates
    .map((candidate) => ({ candidate, distance: distance(typed, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 4)) && distance < typed.length) // of one letter nothing is left
    .toSorted((a, b) => a.distance - b.distance);
  return near[0]?.candidate ?? null;
}

export const didYouMean = (typed: string, candidates: readonly string[], before = ''): string => {
  const meant = nearest(typed, candidates);
  return meant === null ? '' : ` Did you mean ${before}${meant}?`;
};

/** Letters to add, drop or change to make one of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

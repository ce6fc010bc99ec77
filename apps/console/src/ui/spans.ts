/** When something was there, as boxes on a line of time: pure, so that it can be drawn, read aloud and tested. */
export type Span = { readonly from: number; readonly to: number };

/** Within the time that is shown, oldest first; what touches or overlaps is one. */
export function mergedWithin(spans: readonly Span[], { from, to }: Span): readonly Span[] {
  const merged: Span[] = [];
  const inside = spans.map((span) => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) })).filter((span) => span.to > span.from);
  for (const span of inside.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && span.from <= last.to) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else merged.push(span);
  }
  return merged;
}

export const lengthOf = (spans: readonly Span[]): number => spans.reduce((sum, { from, to }) => sum + to - from, 0);

/** What lies between them, of those that are long enough to tell of. */
export function gapsIn(spans: readonly Span[], shortest = 0): readonly Span[] {
  const gaps = spans.flatMap((span, i) => {
    const next = spans[i + 1];
    return next ? [{ from: span.to, to: next.from }] : [];
  });
  return gaps.filter(({ from, to }) => to - from >= shortest);
}

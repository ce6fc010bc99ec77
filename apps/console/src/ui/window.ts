/** Which rows of a long list have to be there: those that are seen, and a few on either side. */
export type Window = { readonly first: number; readonly end: number; readonly before: number; readonly after: number };

const MORE = 8;
export function windowOf({ count, row, top, height }: { readonly count: number; readonly row: number; readonly top: number; readonly height: number }): Window {
  const first = Math.max(0, Math.min(count, Math.floor(top / row)) - MORE);
  const end = Math.min(count, Math.ceil((top + height) / row) + MORE);
  return { first, end: Math.max(first, end), before: first * row, after: (count - Math.max(first, end)) * row };
}

/**
 * A name for each row in sight, and none twice. Two pages that were asked for one after the other may both have the same row for a moment,
 * and of two of the same name React may leave one behind.
 */
export const keysOf = (first: number, ids: readonly (string | null)[]): readonly string[] =>
  ids.map((id, i) => (id === null || ids.indexOf(id) < i ? `${first + i}` : id));

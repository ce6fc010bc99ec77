/** Looks at most once, and only when asked: several gates may want the same fact. */
export function once<T>(look: () => Promise<T>): () => Promise<T> {
  let seen: Promise<T> | null = null;
  return () => (seen ??= look());
}

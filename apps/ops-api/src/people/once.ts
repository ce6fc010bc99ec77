import type { Clock } from '@argus/kit/clock.ts';

/** Looks at most once, and only when asked: several gates may want the same fact. */
export function once<T>(look: () => Promise<T>): () => Promise<T> {
  let seen: Promise<T> | null = null;
  return () => (seen ??= look());
}

/** A look that may be begun early. What it saw is used only while it is this young; later it looks again. */
export function ahead<T>(look: () => Promise<T>, { clock, youngMs }: { clock: Pick<Clock, 'elapsed'>; youngMs: number }) {
  let begun: { readonly at: number; readonly seen: Promise<T> } | null = null;
  return {
    begin(): void {
      begun = { at: clock.elapsed(), seen: look() };
      begun.seen.catch(() => null); // whoever asks for it hears of it
    },
    look: (): Promise<T> => (begun && clock.elapsed() - begun.at <= youngMs ? begun.seen : look()),
  };
}

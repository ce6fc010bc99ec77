import type { Clock } from '@argus/kit/clock.ts';

/** What was looked at with the headers counts for the body that came with them, and for no later one. */
export const LOOK_YOUNG_MS = 10;

/** Looks at most once, and only when asked: several gates may want the same fact. */
export function once<T>(look: () => Promise<T>): () => Promise<T> {
  let seen: Promise<T> | null = null;
  return () => (seen ??= look());
}

/** Looks again when what it saw is no longer this young. */
export function fresh<T>(look: () => Promise<T>, { clock, youngMs }: { clock: Pick<Clock, 'elapsed'>; youngMs: number }): () => Promise<T> {
  let last: { readonly at: number; readonly seen: Promise<T> } | null = null;
  return () => {
    const now = clock.elapsed();
    if (!last || now - last.at > youngMs) last = { at: now, seen: look() };
    return last.seen;
  };
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

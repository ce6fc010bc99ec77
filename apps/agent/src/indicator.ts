import type { Indicator } from './ports.ts';

/** One act at a time and in order: a slow "off" must not put out the light of the session after it. */
export function inOrder(indicator: Indicator): Indicator {
  let last: Promise<unknown> | null = null; // null: nothing is under way, so the next begins at once
  const next = (act: () => Promise<void>): Promise<void> => {
    const mine = last === null ? act() : last.then(act);
    const done: Promise<unknown> = mine
      .catch(() => null) // whoever asked hears of it
      .finally(() => {
        if (last === done) last = null;
      });
    last = done;
    return mine;
  };
  return { raise: (notice) => next(() => indicator.raise(notice)), lower: () => next(() => indicator.lower()) };
}

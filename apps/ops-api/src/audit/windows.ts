/** Closed windows: days in UTC, each audited once, the oldest first, and not before its last entries are surely in. */
export const DAY_MS = 86_400_000;
/** A commit may take its time over midnight; clocks of nodes differ a little. */
export const GRACE_MS = 10 * 60_000;

export type Window = { readonly from: number; readonly to: number };

export const startOfDay = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

/** `last`: where the last audited window ended. Null: nothing is on record, so there is nothing to audit. */
export function nextWindow({ last, begun }: { readonly last: number | null; readonly begun: number | null }): Window | null {
  const from = last ?? (begun === null ? null : startOfDay(begun));
  return from === null ? null : { from, to: from + DAY_MS };
}

export const dueAt = ({ to }: Window): number => to + GRACE_MS;

/** A day of patience beyond that: who comes back after a pause catches up within minutes. */
export const isFresh = (next: Window | null, now: number): boolean => next === null || now < dueAt(next) + DAY_MS;

/** Cut at full hours, so that no statement has to look at more than an hour of rows. */
export function hoursOf({ from, to }: Window): readonly Window[] {
  const HOUR_MS = 3_600_000;
  const hours: Window[] = [];
  for (let at = from; at < to; ) {
    const next = Math.min(to, (Math.floor(at / HOUR_MS) + 1) * HOUR_MS);
    hours.push({ from: at, to: next });
    at = next;
  }
  return hours;
}

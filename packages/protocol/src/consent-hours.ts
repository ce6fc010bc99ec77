import { z } from 'zod';

/**
 * The hours a consent is for, by the clock on the wall where the tenant is. A window begins and ends on one day, so that
 * a day means what it says; one over midnight is written as two. When the clocks change, the wall counts: an hour that
 * is skipped is in no window, one that comes twice is in its window twice.
 */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

const wallTime = (pattern: RegExp) => z.string().regex(pattern, { error: 'not a time as HH:MM' });

const ConsentWindow = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .max(WEEKDAYS.length)
      .refine((days) => new Set(days).size === days.length, { error: 'names a day twice' }),
    from: wallTime(/^([01]\d|2[0-3]):[0-5]\d$/),
    to: wallTime(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/),
  })
  .refine(({ from, to }) => from < to, { error: 'ends before it begins; write a window over midnight as two' });

export const ConsentHours = z.strictObject({
  time_zone: z.string().max(64).refine(isTimeZone, { error: 'not the name of a time zone, like Europe/Berlin' }),
  windows: z.array(ConsentWindow).min(1).max(32),
});
export type ConsentHours = z.infer<typeof ConsentHours>;

/** A name and not an offset: an offset knows nothing of when the clocks change. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) return false;
  try {
    wallClockIn(name);
    return true;
  } catch {
    return false;
  }
}

const MINUTE_MS = 60_000;
const wallClocks = new Map<string, Intl.DateTimeFormat>();
/** Names are few, but `europe/berlin` has many spellings. */
const WALL_CLOCKS_KEPT = 64;

/** Throws on a zone this system does not know. */
function wallClockIn(zone: string): Intl.DateTimeFormat {
  const known = wallClocks.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  if (wallClocks.size >= WALL_CLOCKS_KEPT) wallClocks.clear();
  wallClocks.set(zone, made);
  return made;
}

/** What the clock on the wall shows: day, and time as HH:MM. */
export function wallTimeAt(zone: string, at: number): { readonly day: string; readonly time: string } {
  const shown: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of wallClockIn(zone).formatToParts(at)) shown[type] = value;
  return { day: (shown.weekday ?? '').toLowerCase(), time: `${shown.hour ?? ''}:${shown.minute ?? ''}` };
}

export function isInHours({ time_zone, windows }: ConsentHours, at: number): boolean {
  const { day, time } = wallTimeAt(time_zone, at);
  return windows.some(({ days, from, to }) => from <= time && time < to && days.some((named) => named === day));
}

/** Clocks on walls change only where a quarter of an hour begins in Greenwich, so within one the wall runs like any clock. */
const QUARTER = 15;
const QUARTERS_LOOKED_AT = 8 * 24 * 4; // a week, and the day the clocks change
const minuteOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** The first moment from then on that is in these hours; null: none within eight days, as the clocks may skip a window. */
export function nextOfHours({ time_zone, windows }: ConsentHours, from: number): number | null {
  if (isInHours({ time_zone, windows }, from)) return from;
  const first = Math.floor(from / (QUARTER * MINUTE_MS)) * QUARTER * MINUTE_MS;
  for (let n = 0; n < QUARTERS_LOOKED_AT; n++) {
    const at = first + n * QUARTER * MINUTE_MS;
    const { day, time } = wallTimeAt(time_zone, at);
    const today = windows.filter(({ days }) => days.some((named) => named === day));
    if (at >= from && today.some((w) => w.from <= time && time < w.to)) return at;
    const begins = today.map((w) => minuteOf(w.from) - minuteOf(time)).filter((m) => m > 0 && m < QUARTER && at + m * MINUTE_MS >= from);
    if (begins.length > 0) return at + Math.min(...begins) * MINUTE_MS;
  }
  return null;
}

/**
 * When these hours are over for somebody who begins `from` and wants to stay until `until`: the first moment outside, or
 * `until`. Clocks on walls change on whole minutes, so we look at each: at most 120 for a session.
 */
export function endOfHours(hours: ConsentHours, { from, until }: { readonly from: number; readonly until: number }): number {
  if (!isInHours(hours, from)) return from;
  for (let at = (Math.floor(from / MINUTE_MS) + 1) * MINUTE_MS; at < until; at += MINUTE_MS) if (!isInHours(hours, at)) return at;
  return until;
}

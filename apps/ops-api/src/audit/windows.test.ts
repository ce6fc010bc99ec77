import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY_MS, dueAt, GRACE_MS, hoursOf, isFresh, nextWindow, startOfDay } from './windows.ts';

const NOON = Date.UTC(2026, 2, 1, 12);

test('the first window is the UTC day in which the record begins; each later one begins where the last ended', () => {
  expect(nextWindow({ last: null, begun: null })).toBeNull();
  const first = nextWindow({ last: null, begun: NOON });
  expect(first).toEqual({ from: Date.UTC(2026, 2, 1), to: Date.UTC(2026, 2, 2) });
  expect(nextWindow({ last: first?.to ?? 0, begun: NOON })).toEqual({ from: Date.UTC(2026, 2, 2), to: Date.UTC(2026, 2, 3) });
});

test('a window is due only when its last entries are surely in', () => {
  expect(dueAt({ from: 0, to: DAY_MS })).toBe(DAY_MS + GRACE_MS);
});

test('the audit is fresh until a window has been due for a day, to the millisecond; with nothing on record there is nothing to miss', () => {
  const window = { from: 0, to: DAY_MS };
  expect([isFresh(window, dueAt(window) + DAY_MS - 1), isFresh(window, dueAt(window) + DAY_MS), isFresh(null, NOON)]).toEqual([true, false, true]);
});

test('a stretch is cut into pieces of at most an hour, without a gap and without an overlap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e13 }), fc.integer({ min: 1, max: 3 * DAY_MS }), (from, length) => {
      const hours = hoursOf({ from, to: from + length });
      expect(hours[0]?.from).toBe(from);
      expect(hours.at(-1)?.to).toBe(from + length);
      for (const [i, hour] of hours.entries()) {
        expect(hour.to - hour.from).toBeGreaterThan(0);
        expect(hour.to - hour.from).toBeLessThanOrEqual(3_600_000);
        if (i > 0) expect(hour.from).toBe(hours[i - 1]?.to);
      }
    }),
  );
  expect(startOfDay(NOON) % DAY_MS).toBe(0);
});

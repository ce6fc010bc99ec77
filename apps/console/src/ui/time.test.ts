import { expect, test } from 'vitest';
import { ago, clockWords, exactly, inLocalTime, leftWords, spanWords } from './time.ts';

test.each([
  [0, 'now'],
  [1_999, 'now'],
  [59_000, '59 s ago'],
  [61_000, '1 min ago'],
  [3_600_000, '1 h ago'],
  [-90_000, 'in 1 min'],
  [86_400_000 * 3, '3 d ago'],
  [86_400_000 * 1.9, '1 d ago'],
  [1_000 - 86_400_000 * 30, 'in 30 d'],
  [60_000 - 86_400_000, 'in 24 h'],
  [86_400_000 * 800, '2 y ago'],
])('%i ms before now is "%s"', (before, words) => {
  expect(ago(1_000_000_000_000 - before, 1_000_000_000_000)).toBe(words);
});

test.each([
  [0, '0:00'],
  [-5, '0:00'],
  [0.2, '0:01'],
  [59, '0:59'],
  [1_799, '29:59'],
  [7_200, '2:00:00'],
])('%f seconds on the clock are %s', (seconds, words) => {
  expect(clockWords(seconds)).toBe(words);
});

test.each([
  [72 * 3_600_000 - 4_000, '72 hours'],
  [24 * 3_600_000, '24 hours'],
  [3_600_000, '1 hour'],
  [30 * 86_400_000 - 4_000, '30 days'],
  [300_000, '5 min'],
  [-1, '0 s'],
])('%i ms before its end it is good for %s', (left, words) => expect(leftWords(1_000_000_000_000 + left, 1_000_000_000_000)).toBe(words));

test('an exact time has its zone', () => expect(exactly(Date.UTC(2026, 10, 21, 22))).toMatch(/2026.*:00:00 \S+$/));

test('a span of no time is zero seconds', () => expect(spanWords(-3)).toBe('0 s'));

test('a time in a sentence of the server is said by the clock of whoever reads it, and nothing else in it changes', () => {
  const at = '2026-11-21T03:36:07.672Z';
  expect(inLocalTime(`session rss_x is open until ${at}; armed until 2026-12-01T00:00:00Z`)).toBe(`session rss_x is open until ${exactly(Date.parse(at))}; armed until ${exactly(Date.parse('2026-12-01T00:00:00Z'))}`);
  for (const text of ['the agent is connected', '2026-11-21', 'at 2026-99-21T03:36:07Z', `x${at}`]) expect(inLocalTime(text)).toBe(text);
});

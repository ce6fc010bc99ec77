import { expect, test } from 'vitest';
import { windowOf } from './window.ts';

test('of 50,000 rows only those in sight are there, and the rest keep their place', () => {
  const { first, end, before, after } = windowOf({ count: 50_000, row: 44, top: 440_000, height: 880 });
  expect([first, end]).toEqual([9_992, 10_028]);
  expect(before + (end - first) * 44 + after).toBe(50_000 * 44);
});

test.each([
  { count: 0, row: 44, top: 0, height: 800 },
  { count: 3, row: 44, top: 0, height: 800 },
  { count: 3, row: 44, top: 9_000, height: 800 }, // scrolled far down when the list got short
  { count: 100, row: 44, top: -50, height: 800 }, // pulled past the top
])('a window is never outside its list: %o', (asked) => {
  const { first, end, before, after } = windowOf(asked);
  expect(first).toBeGreaterThanOrEqual(0);
  expect(end).toBeGreaterThanOrEqual(first);
  expect(end).toBeLessThanOrEqual(asked.count);
  expect(before + (end - first) * asked.row + after).toBe(asked.count * asked.row);
});

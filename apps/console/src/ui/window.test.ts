import { expect, test } from 'vitest';
import { keysOf, windowOf } from './window.ts';

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

test('rows in sight have names of their own, also when one is there twice and others are on their way', () => {
  const keys = keysOf(98, ['agent_a', 'agent_b', null, 'agent_a', null]);
  expect(keys).toEqual(['agent_a', 'agent_b', '100', '101', '102']);
  expect(new Set(keys).size).toBe(keys.length);
});

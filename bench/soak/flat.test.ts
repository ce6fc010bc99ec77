import { expect, test } from 'vitest';
import { verdictOn } from './flat.ts';

const MIB = 1_048_576;
const every30s = (mib: readonly number[]) => mib.map((m, n) => ({ atMs: n * 30_000, bytes: m * MIB }));
const wobble = (n: number) => [0, 3, -2, 4, 1, -3][n % 6] ?? 0;

test('what rises while it warms up and then stays is flat', () => {
  expect(verdictOn(every30s([80, 110, 130, 140, 141, 139, 142, 140, 141])).isFlat).toBe(true);
});

test('what wobbles is flat', () => {
  expect(verdictOn(every30s(Array.from({ length: 20 }, (_, n) => 140 + wobble(n)))).isFlat).toBe(true);
});

test('a leak of two MiB every half minute is found within ten minutes, wobble or not', () => {
  const { isFlat, bytesPerMinute } = verdictOn(every30s(Array.from({ length: 20 }, (_, n) => 140 + 2 * n + wobble(n))));
  expect(isFlat).toBe(false);
  expect(bytesPerMinute / MIB).toBeCloseTo(4, 0);
});

test('what shrinks is flat, and too few samples prove nothing', () => {
  expect(verdictOn(every30s([200, 190, 170, 150, 140, 130])).isFlat).toBe(true);
  expect(verdictOn(every30s([100, 100])).isFlat).toBe(false);
});

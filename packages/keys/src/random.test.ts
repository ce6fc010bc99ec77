import { expect, test } from 'vitest';
import { systemRandom } from './random.ts';

test.each([0, 1, 16, 32, 4_095, 4_096, 4_097, 10_000])('%i bytes are as many as asked for', (bytes) => expect(systemRandom(bytes)).toHaveLength(bytes));

test('no bytes are given out twice, also across the edge of the pool', () => {
  const seen = new Set(Array.from({ length: 2_000 }, () => Buffer.from(systemRandom(20)).toString('hex')));
  expect(seen.size).toBe(2_000);
});

test('what was given out stays as it was when more is asked for', () => {
  const taken = systemRandom(32);
  const before = Buffer.from(taken).toString('hex');
  for (let i = 0; i < 500; i++) systemRandom(32);
  expect(Buffer.from(taken).toString('hex')).toBe(before);
});

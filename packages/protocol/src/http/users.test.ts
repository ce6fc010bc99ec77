import { expect, test } from 'vitest';
import { email } from './users.ts';

const long = (letter: string, count: number) => `a@${letter.repeat(count)}`;

test('an address is as long as it is kept: some letters are two when they are small', () => {
  expect(email().safeParse(long('b', 189)).success).toBe(true);
  expect(email().safeParse(long('\u0130', 126)).success).toBe(true);
  expect(email().safeParse(long('\u0130', 127)).success).toBe(false);
});

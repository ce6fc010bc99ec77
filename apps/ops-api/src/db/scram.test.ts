import { expect, test } from 'vitest';
import { scramVerifier } from './scram.ts';

test('it has the shape PostgreSQL stores, a salt of its own, and nothing of the password', async () => {
  const [one, two] = [await scramVerifier('correct-horse'), await scramVerifier('correct-horse')];
  expect(one).toMatch(/^SCRAM-SHA-256\$4096:[\w+/]{22}==\$[\w+/]{43}=:[\w+/]{43}=$/);
  expect(one).not.toBe(two);
  expect(one).not.toContain('correct');
});

test.each(['', 'with space', 'ü'])('%j would be prepared differently by others, and is refused', async (password) => {
  await expect(scramVerifier(password)).rejects.toThrow('printable ASCII');
});

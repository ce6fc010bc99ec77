import { fromBase64, toBase64 } from '@argus/kit/bytes.ts';
import { expect, test } from 'vitest';
import { agentText, base64Of32, base64Of64, cleanText, reason } from './text.ts';

const pat = `pat_${'A'.repeat(43)}`;

test.each([
  ['\u001b[2Jgone', ' [2Jgone'],
  ['a\u202Egnp.exe', 'a gnp.exe'],
  ['zero\u200Bwidth', 'zero width'],
  ['tab\tand\nline', 'tab and line'],
  [`my token is ${pat}`, 'my token is pat_[redacted]'],
])('hostile text %j is made harmless', (text, clean) => expect(cleanText(text, 100)).toBe(clean));

test('a cut never splits a character in two', () => {
  expect(cleanText('💡💡💡', 2)).toBe('💡💡');
});

/** Guarantee: a secret does not get through because the cut took its last letters. */
test('a secret at the edge of the cut is redacted, not halved', () => {
  for (let max = 4; max < 60; max++) expect(cleanText(`by ${pat}`, max), String(max)).not.toContain('pat_A');
});

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Guarantee: whoever compares texts compares bytes, and what is taken here is taken by `fromBase64`. */
test.each([[32, base64Of32()], [64, base64Of64()]])('%i bytes have one spelling in base64', (length, schema) => {
  const [, body = '', pad = ''] = /^(.*)A(=+)$/.exec(toBase64(new Uint8Array(length))) ?? [];
  const spellings = [...alphabet].map((last) => body + last + pad);
  const taken = spellings.filter((text) => schema.safeParse(text).success);
  expect(taken.length).toBeGreaterThan(1);
  expect(taken).toEqual(spellings.filter((text) => fromBase64(text) !== null));
});

test('agent text beyond four times its cap is refused whole', () => {
  expect(agentText(4).safeParse('x'.repeat(17)).success).toBe(false);
  expect(agentText(4).parse('x'.repeat(16))).toBe('xxxx');
});

test.each([
  ['  ', false],
  ['ab', false],
  [' abc ', true],
  ['x'.repeat(501), false],
  [`oops ${pat}`, false],
  ['a\u0007bell', false],
])('reason %j: %s', (text, fits) => expect(reason().safeParse(text).success).toBe(fits));

/** Guarantee: a key or a password of 32 bytes, as they are made and written, is refused as a reason. */
test('a reason does not carry what looks like a key', () => {
  let refused = 0;
  const ROUNDS = 300;
  for (let i = 0; i < ROUNDS; i++) {
    const bytes = Uint8Array.from({ length: 32 }, (_, n) => (i * 89 + n * (31 + i) * 13 + ((i * n) >> 2)) & 255);
    const plain = toBase64(bytes);
    for (const key of [plain, plain.replaceAll('+', '-').replaceAll('/', '_').slice(0, 43)]) {
      refused++;
      for (const text of [key, `see ${key}`, `(${key})`, `key:${key}, thanks`]) expect(reason().safeParse(text).success, text).toBe(false);
    }
  }
  expect(refused).toBe(ROUNDS * 2);
});

test.each([
  'digest 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'https://tickets.example/browse/ARGUS-1234/a-very-long-slug-with-many-words-in-it-2026',
  'DOC-2026-014 a_name_that_is_fortythree_letters_long_xxxxx', 'Bx'.repeat(40), 'apps/ops-api/src/adapters/Data-Dir/lock-one.ts', '1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgVE2upms',
])('a reason may say %s', (text) => expect(reason().safeParse(text).success).toBe(true));

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, fromBase64, fromUtf8, sameBytes, toBase64, toBase64Url, toHex, utf8 } from './bytes.ts';

test('our spellings are the ones Buffer uses', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const buffer = Buffer.from(bytes);
      expect(toHex(bytes)).toBe(buffer.toString('hex'));
      expect(toBase64(bytes)).toBe(buffer.toString('base64'));
      expect(toBase64Url(bytes)).toBe(buffer.toString('base64url'));
      expect(sameBytes(fromBase64(toBase64(bytes)) ?? utf8('?'), bytes)).toBe(true);
    }),
  ));

test.each(['A', 'AA', 'AB==', 'A===', 'AA=A', ' AAA', 'AA-_', 'AAA\n'])('%j is not base64 in the one spelling we take', (text) =>
  expect(fromBase64(text)).toBeNull());

test('text that is not UTF-8 is refused, not repaired', () => {
  expect(() => fromUtf8(new Uint8Array([0xff, 0xfe]))).toThrow(TypeError);
});

test('parts are joined in order', () => {
  expect(fromUtf8(concatBytes(utf8('a'), utf8(''), utf8('bc')))).toBe('abc');
});

test('a byte order mark is a character like any other: two byte strings never read as one text', () => {
  expect(fromUtf8(new Uint8Array([0xef, 0xbb, 0xbf, 0x31]))).toBe('\uFEFF1');
});

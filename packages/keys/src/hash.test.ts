import { createHmac } from 'node:crypto';
import { fromUtf8, toHex, utf8 } from '@argus/kit/bytes.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deriveKey, hmac, sameSecret, sameSecretText, sha256, sha256Hex } from './hash.ts';

test('SHA-256 is the one of FIPS 180-4, for text and bytes alike', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect([sha256Hex('abc'), sha256Hex(utf8('abc')), toHex(sha256(utf8('abc')))]).toEqual([abc, abc, abc]);
});

test('HMAC is the one of RFC 4231 (case 2)', () =>
  expect(toHex(hmac(utf8('Jefe'), 'what do ya want for nothing?'))).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ));

test('key derivation is the one of RFC 5869 (case 3, without salt and info)', () =>
  expect(toHex(deriveKey(new Uint8Array(22).fill(0x0b), ''))).toBe(
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d',
  ));

test('another purpose, another salt or another secret gives another key', () => {
  const [ikm, salt] = [new Uint8Array(32), new Uint8Array(32).fill(1)];
  const keys = [deriveKey(ikm, 'a'), deriveKey(ikm, 'b'), deriveKey(ikm, 'a', salt), deriveKey(salt, 'a')];
  expect(new Set(keys.map(toHex)).size).toBe(keys.length);
});

test('secrets are equal when every byte is, and lengths that differ are no reason to throw', () => {
  const secret = sha256(utf8('x'));
  expect(sameSecret(secret, sha256(utf8('x')))).toBe(true);
  expect(
    [...secret.keys()].some((i) =>
      sameSecret(
        secret,
        secret.map((byte, at) => (at === i ? byte ^ 1 : byte)),
      ),
    ),
  ).toBe(false);
  expect([sameSecret(secret, secret.subarray(1)), sameSecret(new Uint8Array(), secret)]).toEqual([false, false]);
});

test('texts of any two lengths can be compared', () => {
  const texts = ['', 'a', 'A', 'a ', 'é', fromUtf8(utf8('💡'))];
  for (const a of texts) for (const b of texts) expect(sameSecretText(a, b)).toBe(a === b);
});

test('our HMAC is the one of node:crypto, for keys and messages of any length', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 100 })), (key, message) => {
      expect(Buffer.from(hmac(key, message)).toString('hex')).toBe(createHmac('sha256', key).update(message).digest('hex'));
    }),
  ));

import { expect, test } from 'vitest';
import { fromBase32, hotp, otpauthUri, stepAt, stepOf, toBase32 } from './totp.ts';

const SECRET = Buffer.from('12345678901234567890'); // RFC 4226, appendix D, and RFC 6238, appendix B

test.each([[0, '755224'], [1, '287082'], [2, '359152'], [3, '969429'], [4, '338314'], [5, '254676'], [6, '287922'], [7, '162583'], [8, '399871'], [9, '520489']])(
  'the code of counter %i is that of RFC 4226: %s',
  (counter, code) => expect(hotp(SECRET, counter)).toBe(code),
);

test.each([[59, '94287082'], [1_111_111_109, '07081804'], [1_111_111_111, '14050471'], [1_234_567_890, '89005924'], [2_000_000_000, '69279037'], [20_000_000_000, '65353130']])(
  'the code at second %i is that of RFC 6238: %s',
  (second, code) => expect(hotp(SECRET, stepAt(second * 1_000), 8)).toBe(code),
);

/** Guarantee: a code is good for its own half minute and one to either side, and for no other. */
test('a code of one step off is taken, one of two steps off is not, in either direction', () => {
  const now = 1_700_000_000_000;
  const taken = [-2, -1, 0, 1, 2].map((off) => stepOf(SECRET, hotp(SECRET, stepAt(now) + off), now));
  expect(taken).toEqual([null, stepAt(now) - 1, stepAt(now), stepAt(now) + 1, null]);
});

// RFC 4648, section 10
test.each([['f', 'MY'], ['fo', 'MZXQ'], ['foo', 'MZXW6'], ['foob', 'MZXW6YQ'], ['fooba', 'MZXW6YTB'], ['foobar', 'MZXW6YTBOI']])('%s in base 32 is %s', (text, coded) => {
  expect(toBase32(Buffer.from(text))).toBe(coded);
  expect(Buffer.from(fromBase32(coded.toLowerCase()) ?? []).toString()).toBe(text);
});

test.each(['', '1', 'MZXW0', 'MZ!W'])('%j is no base 32', (text) => expect(fromBase32(text)).toBeNull());

test('an app finds the account, the secret and our name in the address', () => {
  const uri = new URL(otpauthUri(SECRET, 'ana+x@argus.example'));
  expect(decodeURIComponent(uri.pathname)).toContain('Argus:ana+x@argus.example');
  expect(Object.fromEntries(uri.searchParams)).toEqual({ secret: toBase32(SECRET), issuer: 'Argus', algorithm: 'SHA1', digits: '6', period: '30' });
});

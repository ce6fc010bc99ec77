import { toHex } from '@argus/kit/bytes.ts';
import { mustId, parseId } from '@argus/protocol/ids.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemRandom } from './random.ts';
import {
  codeNamesLogKey,
  isPatIntact,
  makeSecretHash,
  newEnrollmentCode,
  newPat,
  newSessionToken,
  type SecretPurpose,
} from './secrets.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const logKey = new Uint8Array(32).fill(1);
const seeded = (seed: Uint8Array) => (length: number) =>
  Uint8Array.from({ length }, (_, i) => seed[i % seed.length] ?? 0);
const anySeed = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('each secret is its prefix and 43 characters, whatever the random bytes', () =>
  fc.assert(
    fc.property(anySeed, (seed) => {
      expect(newPat(seeded(seed))).toMatch(/^pat_[\w-]{43}$/);
      expect(newSessionToken(seeded(seed))).toMatch(/^rst_[\w-]{43}$/);
      expect(newEnrollmentCode(seeded(seed), logKey)).toMatch(/^enr_[\w-]{43}$/);
    }),
  ));

test('two secrets of a kind are never the same', () => {
  for (const make of [newPat, newSessionToken, (random: typeof systemRandom) => newEnrollmentCode(random, logKey)])
    expect(new Set(Array.from({ length: 100 }, () => make(systemRandom))).size).toBe(100);
});

test('a fresh token is intact', () => fc.assert(fc.property(anySeed, (seed) => isPatIntact(newPat(seeded(seed))))));

/** Guarantee: a mistyped token is known without a look-up. All 43 places, all 63 other characters. */
test('a token with any one character changed is not intact', () => {
  const pat = newPat(systemRandom);
  for (let at = 4; at < pat.length; at++)
    for (const letter of alphabet) {
      if (letter === pat[at]) continue;
      const typo = mustId('pat', pat.slice(0, at) + letter + pat.slice(at + 1));
      expect(isPatIntact(typo), `${at}: ${letter}`).toBe(false);
    }
});

test('two neighbours exchanged are noticed too', () => {
  const pat = newPat(seeded(Uint8Array.from({ length: 32 }, (_, i) => i * 7)));
  for (let at = 4; at < pat.length - 1; at++) {
    const typo =
      pat.slice(0, at) +
      pat
        .slice(at, at + 2)
        .split('')
        .toReversed()
        .join('') +
      pat.slice(at + 2);
    if (typo !== pat) expect(isPatIntact(mustId('pat', typo)), `${at}`).toBe(false);
  }
});

test('a token of the right shape that nobody made is not intact', () =>
  fc.assert(
    fc.property(anySeed, (seed) => {
      expect(isPatIntact(mustId('pat', `pat_${newSessionToken(seeded(seed)).slice(4)}`))).toBe(false);
    }),
  ));

/** Guarantee: whoever stands between a machine and the server at enrollment cannot put in another log. */
test('an enrollment code names its log key and no other', () =>
  fc.assert(
    fc.property(anySeed, fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed, key) => {
      fc.pre(toHex(key) !== toHex(logKey));
      const code = newEnrollmentCode(seeded(seed), logKey);
      expect([codeNamesLogKey(code, logKey), codeNamesLogKey(code, key)]).toEqual([true, false]);
    }),
  ));

const purposes = ['pat', 'session_token', 'enrollment_code', 'nonce'] as const satisfies readonly SecretPurpose[];

/** Guarantee: a stored hash of one kind of secret is worthless as another kind, and under another master key. */
test('one secret has another hash for every purpose and under every master key', () => {
  const hashes = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)].flatMap((masterKey) => {
    const hashOf = makeSecretHash(masterKey);
    return purposes.map((purpose) => toHex(hashOf(purpose, 'same')));
  });
  expect(new Set(hashes).size).toBe(8);
});

test('a hash is the same after a restart, and another for another secret', () => {
  const [before, after] = [makeSecretHash(logKey), makeSecretHash(logKey)];
  after('nonce', 'other'); // the order in which keys are derived leaves no trace
  for (const purpose of purposes) {
    expect(toHex(after(purpose, 'same'))).toBe(toHex(before(purpose, 'same')));
    expect(toHex(after(purpose, 'same'))).not.toBe(toHex(before(purpose, 'Same')));
    expect(toHex(before(purpose, 'same'))).toHaveLength(64);
  }
});

test('no kind of secret is taken for another', () => {
  const secrets = {
    pat: newPat(systemRandom),
    sessionToken: newSessionToken(systemRandom),
    enrollmentCode: newEnrollmentCode(systemRandom, logKey),
  };
  for (const [made, secret] of Object.entries(secrets))
    for (const asked of ['pat', 'sessionToken', 'enrollmentCode'] as const)
      expect(parseId(asked, secret) !== null).toBe(made === asked);
});

import { concatBytes, utf8 } from '@argus/kit/bytes.ts';
import { PASSKEY_ALGORITHMS } from '@argus/protocol/operator-proof.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAuthenticator, freshSoftKey, softKey, UP, UV, type Over } from '../../testing/authenticator.ts';
import { writeCbor, type Writable } from '../../testing/cbor-write.ts';
import { sha256 } from '../hash.ts';
import { counterProblem, readAssertion, type Assertion } from './assert.ts';
import { AUTHENTICATOR_DATA_MAX, CREDENTIAL_ID_MAX } from './authenticator-data.ts';
import { CLIENT_DATA_MAX, type AskedFor } from '@argus/protocol/webauthn.ts';
import { isPasskeyKey, readCoseKey } from './passkey.ts';
import { ATTESTATION_MAX, readRegistration } from './register.ts';

/** A stranger's page, a stranger's key, an old answer, and bytes that nobody honest sends: none of it is a passkey of ours. */
const challenge = sha256(utf8('asked'));
const asked: AskedFor = { challenge, origins: ['https://argus.example', 'https://argus.example:8443'], rpId: 'argus.example' };
const soft = createAuthenticator({ origin: 'https://argus.example', rpId: 'argus.example' });
const registering = (over: Over = {}, of: Uint8Array = challenge) => readRegistration(soft.register(of, over), asked);
const asserting = (over: Over = {}, of: Uint8Array = challenge) => readAssertion(soft.assert(of, over), soft.key.key, asked);
const why = (read: { ok: boolean; error?: string }) => (read.ok ? 'taken' : (read.error ?? ''));

describe.each(PASSKEY_ALGORITHMS)('%s', (alg) => {
  const mine = createAuthenticator({ origin: 'https://argus.example:8443', rpId: 'argus.example', key: softKey(alg) });
  test('a passkey is made and used', () => {
    const made = readRegistration(mine.register(challenge), asked);
    expect(made).toEqual({ ok: true, value: { id: mine.id, key: mine.key.key, counter: 0, mayBeCopied: true } });
    expect(readAssertion(mine.assert(challenge), mine.key.key, asked)).toEqual({ ok: true, value: { counter: 0 } });
  });
  test('another key of the same kind, and this key under the name of another kind, sign nothing', () => {
    expect(why(readAssertion(mine.assert(challenge, { signer: freshSoftKey(alg) }), mine.key.key, asked))).toContain('the signature');
    for (const other of PASSKEY_ALGORITHMS.filter((one) => one !== alg)) expect(why(readAssertion(mine.assert(challenge), { ...mine.key.key, alg: other }, asked))).toContain('the signature');
  });
  test('every bit of the signature and of what it is over counts', () => {
    const good = mine.assert(challenge);
    for (const part of ['authenticatorData', 'signature'] as const)
      for (let at = 0; at < good[part].length; at += part === 'signature' ? 7 : 1) {
        const bytes = good[part].slice();
        bytes[at] = (bytes[at] ?? 0) ^ 0x01;
        expect(readAssertion({ ...good, [part]: bytes }, mine.key.key, asked).ok, `${part} ${at}`).toBe(false);
      }
  });
});

const both: [string, Over, string][] = [
  ['on a page of another site', { origin: 'https://argus.example.evil.test' }, 'the origin'],
  ['on a page without TLS', { origin: 'http://argus.example' }, 'the origin'],
  ['on another port', { origin: 'https://argus.example:9443' }, 'the origin'],
  ['on an origin in other letters', { origin: 'https://ARGUS.example' }, 'the origin'],
  ['on a page below ours', { origin: 'https://a.argus.example' }, 'the origin'],
  ['for another site', { rpId: 'evil.test' }, 'another site'],
  ['for a site above ours', { rpId: 'example' }, 'another site'],
  ['inside a page of another origin', { client: { crossOrigin: true } }, 'inside a page'],
  ['inside a page, said in another word', { client: { crossOrigin: 'true' } }, 'inside a page'],
  ['under a page of another origin', { client: { topOrigin: 'https://evil.test' } }, 'inside a page'],
  ['without a touch', { flags: UV }, 'nobody touched'],
  ['without a finger or a PIN', { flags: UP }, 'did not verify'],
  ['backed up and not to be backed up', { flags: UP | UV | 0x10 }, 'backed up'],
  ['with something behind its end', { trailing: Uint8Array.of(0) }, 'behind its end'],
  ['with a map behind its end that no flag announces', { trailing: writeCbor(new Map()) }, 'behind its end'],
  ['with extensions that are no map', { extensions: [1] }, 'extensions are no map'],
  ['in the other ceremony', { type: 'payment.get' }, 'another ceremony'],
];
test.each(both)('a passkey made %s is not taken', (_how, over, reason) => expect(why(registering(over))).toContain(reason));
test.each(both)('a passkey used %s is not taken', (_how, over, reason) => expect(why(asserting(over))).toContain(reason));

test('an answer to another challenge, or to an older one, is not taken', () => {
  for (const other of [sha256(utf8('asked before')), challenge.subarray(0, 31), new Uint8Array(), concatBytes(challenge, Uint8Array.of(0))]) {
    expect(why(registering({}, other))).toContain('the challenge');
    expect(why(asserting({}, other))).toContain('the challenge');
  }
});
test('making a passkey is not using one, and using one is not making one', () => {
  expect(why(registering({ type: 'webauthn.get' }))).toContain('another ceremony');
  expect(why(asserting({ type: 'webauthn.create' }))).toContain('another ceremony');
  const made = soft.register(challenge);
  const sent: Assertion = { authenticatorData: soft.authenticatorData({}, true), clientData: soft.assert(challenge).clientData, signature: soft.assert(challenge).signature };
  expect(why(readAssertion(sent, soft.key.key, asked))).toContain('there is a passkey in it');
  expect(why(readRegistration({ ...made, attestationObject: writeCbor(new Map<string, Writable>([['fmt', 'none'], ['attStmt', new Map()], ['authData', soft.authenticatorData()]])) }, asked))).toContain('no passkey in it');
});
test('what a browser or an authenticator adds by itself is no reason to refuse', () => {
  const over = { extensions: new Map([['credProtect', 2]]), client: { other_keys_can_be_added_here: 'later' } };
  expect([registering(over).ok, asserting(over).ok]).toEqual([true, true]);
});
test('an attestation is read past, whatever it says, and is worth nothing', () => {
  const authData = soft.authenticatorData({}, true);
  const attStmt = new Map<string, Writable>([['alg', -7], ['sig', new Uint8Array(70)], ['x5c', [new Uint8Array(600)]]]);
  expect(readRegistration({ ...soft.register(challenge), attestationObject: writeCbor(new Map<string, Writable>([['fmt', 'packed'], ['attStmt', attStmt], ['authData', authData]])) }, asked).ok).toBe(true);
});

const object = (...entries: [string, Writable][]) => writeCbor(new Map<string, Writable>(entries));
const authData = soft.authenticatorData({}, true);
test.each<[string, Uint8Array, string]>([
  ['nothing', new Uint8Array(), 'cut off'],
  ['no map', writeCbor([1]), 'the attestation is none'],
  ['without its data', object(['fmt', 'none'], ['attStmt', new Map()]), 'is none'],
  ['with data that is text', object(['fmt', 'none'], ['attStmt', new Map()], ['authData', 'x']), 'is none'],
  ['with a fourth member', object(['fmt', 'none'], ['attStmt', new Map()], ['authData', authData], ['more', 1]), 'is none'],
  ['with its data twice', concatBytes(Uint8Array.of(0xa3), ...['fmt', 'authData', 'authData'].flatMap((name) => [writeCbor(name), writeCbor(authData)])), 'a key twice'],
  ['with something behind it', concatBytes(object(['fmt', 'none'], ['attStmt', new Map()], ['authData', authData]), Uint8Array.of(0)), 'behind its end'],
  ['nested beyond all measure', concatBytes(...Array.from({ length: 10_000 }, () => Uint8Array.of(0x81))), 'nested too deep'],
  ['too long', new Uint8Array(ATTESTATION_MAX + 1), 'too long'],
  ['with a key that is cut off', object(['fmt', 'none'], ['attStmt', new Map()], ['authData', authData.subarray(0, authData.length - 1)]), 'cut off'],
])('an attestation that is %s is refused', (_what, attestationObject, reason) => expect(why(readRegistration({ ...soft.register(challenge), attestationObject }, asked))).toContain(reason));

test.each<[string, Writable, string]>([
  ['no map', [1, 2], 'no map'],
  ['of an algorithm nobody asked for', new Map([...soft.key.cose, [3, -47]]), 'was not asked for'],
  ['symmetric', new Map<number, Writable>([[1, 4], [3, 5], [-1, new Uint8Array(32)]]), 'was not asked for'],
  ['on another curve', new Map([...soft.key.cose, [-1, 2]]), 'does not fit'],
  ['half of a point', new Map([...soft.key.cose, [-3, true]]), 'does not fit'],
  ['of a point with a byte more', new Map([...soft.key.cose, [-2, new Uint8Array(33)]]), 'does not fit'],
  ['of a point that is not on the curve', new Map([...soft.key.cose, [-2, new Uint8Array(32).fill(1)]]), 'not on its curve'],
  ['with a member more', new Map([...soft.key.cose, [2, new Uint8Array(4)]]), 'does not fit'],
  ['RSA with too few bits', new Map<number, Writable>([[1, 3], [3, -257], [-1, new Uint8Array(128).fill(0xff)], [-2, Uint8Array.of(1, 0, 1)]]), 'does not fit'],
  ['RSA with too many', new Map<number, Writable>([[1, 3], [3, -257], [-1, new Uint8Array(1_024).fill(0xff)], [-2, Uint8Array.of(1, 0, 1)]]), 'does not fit'],
  ['RSA with an exponent of one', new Map<number, Writable>([[1, 3], [3, -257], [-1, new Uint8Array(256).fill(0xff)], [-2, Uint8Array.of(1)]]), 'does not fit'],
])('a key that is %s is not taken', (_what, cose, reason) => expect(why(registering({ cose }))).toContain(reason));

test('an id that is too short or too long is not taken', () => {
  const withId = (length: number) => readRegistration(createAuthenticator({ origin: 'https://argus.example', rpId: 'argus.example', id: new Uint8Array(length) }).register(challenge), asked);
  expect([withId(15).ok, withId(16).ok, withId(CREDENTIAL_ID_MAX).ok, withId(CREDENTIAL_ID_MAX + 1).ok]).toEqual([false, true, true, false]);
});
test('data beyond all measure is refused before it is read', () => {
  expect(why(asserting({ trailing: new Uint8Array(AUTHENTICATOR_DATA_MAX) }))).toContain('too long');
  expect(why(asserting({ client: { more: 'x'.repeat(CLIENT_DATA_MAX) } }))).toContain('cannot be read');
  for (const clientData of [new Uint8Array(), utf8('[]'), utf8('null'), utf8('"webauthn.get"'), Uint8Array.of(0xff)]) expect(why(readAssertion({ ...soft.assert(challenge), clientData }, soft.key.key, asked))).toContain('cannot be read');
});
test('a public key has one spelling, and is of the kind it is said to be', () => {
  const { key } = soft.key;
  expect(isPasskeyKey(key)).toBe(true);
  const der = Buffer.from(key.public_key, 'base64');
  for (const public_key of [key.public_key.slice(0, -4), Buffer.concat([der, Buffer.of(0)]).toString('base64'), 'x', '', freshSoftKey('EdDSA').key.public_key]) expect(isPasskeyKey({ ...key, public_key }), public_key).toBe(false);
});

/** Two copies of one authenticator count apart. */
test.each([[0, 0, true], [0, 1, true], [5, 6, true], [5, 900, true], [5, 5, false], [5, 4, false], [5, 0, false], [1, 0, false]])('a counter that went from %i to %i: %s', (before, now, isTaken) => expect(counterProblem(before, now) === null).toBe(isTaken));

test('whatever bytes come, the answer is a refusal and never a fault', () => {
  const any = fc.uint8Array({ maxLength: 200 });
  const beginning = fc.integer({ min: 0, max: authData.length }).chain((length) => any.map((tail) => concatBytes(authData.subarray(0, length), tail)));
  fc.assert(
    fc.property(fc.oneof(any, beginning), any, (authenticatorData, signature) => {
      const { clientData } = soft.assert(challenge);
      expect(readAssertion({ authenticatorData, clientData, signature }, soft.key.key, asked).ok).toBe(false);
    }),
    { numRuns: 1_000 },
  );
  fc.assert(
    fc.property(any, (bytes) => {
      expect(readRegistration({ attestationObject: bytes, clientData: soft.register(challenge).clientData }, asked).ok).toBe(false);
    }),
    { numRuns: 1_000 },
  );
  expect(readCoseKey(new Map()).ok).toBe(false);
});

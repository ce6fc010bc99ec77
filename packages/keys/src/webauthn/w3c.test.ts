import { createPrivateKey, hkdfSync } from 'node:crypto';
import { toBase64Url } from '@argus/kit/bytes.ts';
import { expect, test } from 'vitest';
import { createAuthenticator, softKeyOf, UP, type SoftKey } from '../../testing/authenticator.ts';
import { signP256 } from '../../testing/rfc6979.ts';
import { sha256Hex } from '../hash.ts';
import { signingKeyOf } from '../ed25519.ts';
import { readAssertion } from './assert.ts';
import { readAuthenticatorData } from './authenticator-data.ts';
import { isCborMap, readWholeCbor } from './cbor.ts';
import { readRegistration } from './register.ts';

/**
 * The test vectors of the W3C (Web Authentication Level 3, "Test Vectors"). Everything random in them is derived from one
 * published word, and their signatures are deterministic: the authenticator of our tests makes them again, its bytes have
 * the SHA-256 of the printed ones, and then we read them.
 */
const derived = (info: string, salt: number, length = 32): Uint8Array => new Uint8Array(hkdfSync('sha256', 'WebAuthn test vectors', Uint8Array.of(salt), info, length));
const site = { origin: 'https://example.org', rpId: 'example.org' };
const asking = (challenge: Uint8Array) => ({ challenge, origins: [site.origin], rpId: site.rpId });
const [BE, BS] = [0x08, 0x10];

const p256Of = (secret: Uint8Array): SoftKey => {
  const head = Buffer.from('30310201010420', 'hex');
  const curve = Buffer.from('a00a06082a8648ce3d030107', 'hex');
  const key = softKeyOf('ES256', createPrivateKey({ key: Buffer.concat([head, secret, curve]), format: 'der', type: 'sec1' }));
  return { ...key, sign: (message) => signP256(secret, message) };
};
const ed25519Of = (seed: Uint8Array): SoftKey =>
  softKeyOf('EdDSA', createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d: toBase64Url(seed), x: toBase64Url(signingKeyOf(seed).publicKey) }, format: 'jwk' }));

/** From the two Mersenne primes the specification names. */
function rsaOfMersennes(): SoftKey {
  const [p, q, e] = [2n ** 1_279n - 1n, 2n ** 2_203n - 1n, 65_537n];
  const inverse = (value: bigint, modulus: bigint): bigint => {
    let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
    while (a > 1n) [a, b, x, y] = [b % a, a, y - (b / a) * x, x];
    return ((x % modulus) + modulus) % modulus;
  };
  const d = inverse(e, (p - 1n) * (q - 1n));
  const text = (value: bigint): string => {
    const digits = value.toString(16);
    return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex').toString('base64url');
  };
  const jwk = { kty: 'RSA', n: text(p * q), e: text(e), d: text(d), p: text(p), q: text(q), dp: text(d % (p - 1n)), dq: text(d % (q - 1n)), qi: text(inverse(q, p)) };
  return softKeyOf('RS256', createPrivateKey({ key: jwk, format: 'jwk' }));
}

test('the registration of "ES256 credential with no attestation" is the printed one, and is read', () => {
  const name = 'none.ES256';
  const soft = createAuthenticator({ ...site, key: p256Of(derived(name, 1)), aaguid: derived(name, 4, 16), id: derived(name, 5) });
  const challenge = derived(name, 0);
  const printed = soft.register(challenge, { flags: UP | BE | BS });
  expect(sha256Hex(printed.attestationObject)).toBe('c0aa49c57f59765c9f47e6000c04dfe66547a3bd2a6e003a82e336a6e569cb7f');
  const object = readWholeCbor(printed.attestationObject);
  const authData = object.ok && isCborMap(object.value) ? object.value.get('authData') : undefined;
  const read = authData instanceof Uint8Array ? readAuthenticatorData(authData) : expect.fail('there is no data in it');
  expect(read).toMatchObject({ ok: true, value: { counter: 0, isUserPresent: true, isUserVerified: false, mayBeCopied: true, credential: { id: derived(name, 5), key: soft.key.key } } });
  // Its user was not verified, and we take nobody who was not.
  expect(readRegistration(printed, asking(challenge))).toEqual({ ok: false, error: 'the authenticator did not verify who touched it' });
});

test.each<[string, () => SoftKey, number, number, Record<'authenticatorData' | 'clientData' | 'signature', string>]>([
  ['none.ES256', () => p256Of(derived('none.ES256', 1)), 7, UP | BE | BS, {
    authenticatorData: '2fa3688ce26520481b38f218e1289f8db04f2726fa5d0007a8b2db6c66b4eeab',
    clientData: '676a6e380fd31ea5710705c7be1ac4889b037895d0a25291f51251b7d7b1df02',
    signature: 'e6b84e03104e4fc5f59dee5f5bab455b61775d2725e21d87c11e894815b36119',
  }],
  ['packed.EdDSA', () => ed25519Of(derived('packed.EdDSA', 1)), 9, UP, {
    authenticatorData: '29880f3e538e63c86450da5c02f32faf4f228af1f5d4755898f44c7da318b1f6',
    clientData: '4add3082a15ab4595b58820e913a01c0b5a0651b27ab54f8ce87959fb5a4ccfc',
    signature: '63cdbd608d9eae1bcbff5a3fcb2e1472a2807b7f5d1a01d6385860c603ed3e96',
  }],
  ['packed.RS256', rsaOfMersennes, 7, UP | BE | BS, {
    authenticatorData: '2fa3688ce26520481b38f218e1289f8db04f2726fa5d0007a8b2db6c66b4eeab',
    clientData: '8d3c241da41b4168d77931bd9107be029e1f0a68c58c8687eadc7187174dd3c9',
    signature: '5968d9d3a20c517688fe7e7c8d8d8bbc8436d9572f3a3c02b84d99abfeff25e7',
  }],
])('the authentication of %s is the printed one, and its signature holds', (name, keyOf, salt, flags, digests) => {
  const soft = createAuthenticator({ ...site, key: keyOf() });
  const challenge = derived(name, salt);
  const printed = soft.assert(challenge, { flags });
  expect({ authenticatorData: sha256Hex(printed.authenticatorData), clientData: sha256Hex(printed.clientData), signature: sha256Hex(printed.signature) }).toEqual(digests);
  // Everything holds but the last: no user of theirs was verified.
  expect(readAssertion(printed, soft.key.key, asking(challenge))).toEqual({ ok: false, error: 'the authenticator did not verify who touched it' });
  expect(readAssertion({ ...printed, signature: printed.signature.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) }, soft.key.key, asking(challenge))).toEqual({ ok: false, error: 'the signature is not by this passkey' });
  expect(readAssertion(soft.assert(challenge), soft.key.key, asking(challenge)).ok).toBe(true);
});

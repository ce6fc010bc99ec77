/** Passkeys where node:crypto is and where only a browser's is: the same vectors, and no key or signature that one takes and the other does not. */
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { concatBytes, fromBase64, fromUtf8, toBase64, utf8 } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { PASSKEY_ALGORITHMS, type PasskeyAlgorithm } from '@argus/protocol/operator-proof.ts';
import { describe, expect, test } from 'vitest';
import { freshSoftKey, softKey, softKeyOf } from '../../keys/testing/authenticator.ts';
import { nodeCrypto } from '../testing/made-log.ts';
import type { VerifyPasskey } from './entry.ts';
import { webCrypto } from './web-crypto.ts';

const MADE_BY = { 'node:crypto': nodeCrypto.passkey, WebCrypto: webCrypto(webcrypto.subtle).passkey } as const;
const message = utf8('what was touched for');
const bytes = (text: string): Uint8Array => fromBase64(text) ?? expect.fail('not base64');
const published = JSON.parse(readFileSync(new URL('../../protocol/vectors/receipt.json', import.meta.url), 'utf8')).passkey_proof as {
  operator_key: Parameters<VerifyPasskey>[0];
  proof: { authenticator_data: string; client_data: string; signature: string };
};

const changedAt = (given: Uint8Array, at: number): Uint8Array => given.map((byte, i) => (i === (at + given.length) % given.length ? byte ^ 1 : byte));
/** r and s once more, with a zero before r that DER does not have. */
function withZero(der: Uint8Array): Uint8Array {
  const length = der[3] ?? 0;
  const rest = concatBytes(Uint8Array.of(0x02, length + 1, 0), der.subarray(4));
  return concatBytes(Uint8Array.of(0x30, rest.length), rest);
}

describe.each(Object.entries(MADE_BY))('%s', (_name, passkey = () => expect.fail('it checks none')) => {
  test('takes the published proof of a passkey, and none of its bytes for another', async () => {
    const { operator_key: key, proof } = published;
    const signed = concatBytes(bytes(proof.authenticator_data), sha256(bytes(proof.client_data)));
    expect(fromUtf8(bytes(proof.client_data))).toContain('webauthn.get');
    expect(await passkey(key, signed, bytes(proof.signature))).toBe(true);
    expect(await passkey(key, changedAt(signed, 0), bytes(proof.signature))).toBe(false);
    for (let at = 0; at < bytes(proof.signature).length; at++) expect(await passkey(key, signed, changedAt(bytes(proof.signature), at)), `byte ${at}`).toBe(false);
  });

  test.each(PASSKEY_ALGORITHMS)('%s: takes what was signed with the key, as its kind writes it, and nothing else', async (alg) => {
    const { key, sign } = softKey(alg);
    const signature = sign(message);
    const other: PasskeyAlgorithm = alg === 'ES256' ? 'EdDSA' : 'ES256';
    expect(await passkey(key, message, signature)).toBe(true);
    const refused: readonly [string, Parameters<VerifyPasskey>][] = [
      ['another message', [key, utf8('something else'), signature]],
      ['another key', [freshSoftKey(alg).key, message, signature]],
      ['another algorithm', [{ ...key, alg: other }, message, signature]],
      ['a changed signature', [key, message, changedAt(signature, -1)]],
      ['no signature', [key, message, new Uint8Array()]],
      ['more behind the signature', [key, message, concatBytes(signature, new Uint8Array(1))]],
      ['a signature cut short', [key, message, signature.subarray(1)]],
      ['a key with more behind it', [{ ...key, public_key: toBase64(concatBytes(bytes(key.public_key), new Uint8Array(1))) }, message, signature]],
      ['no key', [{ ...key, public_key: 'AAAA' }, message, signature]],
      ['a key that is not base64', [{ ...key, public_key: '%' }, message, signature]],
    ];
    for (const [what, asked] of refused) expect(await passkey(...asked), what).toBe(false);
  });

  test('ES256: a signature in another spelling than DER has is none', async () => {
    const { key, sign } = softKey('ES256');
    let signature = sign(message);
    while (signature[3] !== 32) signature = sign(message); // one whose r has no zero before it yet
    for (const other of [withZero(signature), new Uint8Array(64), concatBytes(Uint8Array.of(0x30, 0x06, 0x02, 0x01, 0, 0x02, 0x01, 0))]) expect(await passkey(key, message, other)).toBe(false);
  });

  test('RS256: a key that is too small, too large, or has a small exponent is none', async () => {
    for (const shape of [{ modulusLength: 1_024 }, { modulusLength: 2_048, publicExponent: 3 }, { modulusLength: 4_104 }]) {
      const { key, sign } = softKeyOf('RS256', generateKeyPairSync('rsa', shape).privateKey);
      expect(await passkey(key, message, sign(message)), JSON.stringify(shape)).toBe(false);
    }
  }, 60_000);
});

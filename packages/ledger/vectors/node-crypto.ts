/** What the ledger takes as parameters, on node:crypto: for tests and for printing the vectors. */
import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto';
import type { Sha256 } from '../src/hash.ts';
import type { VerifyEd25519 } from '../src/note.ts';

export const sha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer');

export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  const x = Buffer.from(publicKey).toString('base64url');
  return verify(null, message, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), signature);
};

export type TestKey = { readonly publicKey: Uint8Array; readonly sign: (message: Uint8Array) => Uint8Array };

/** Everything up to the 32 bytes of an Ed25519 seed in PKCS #8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export function keyFromSeed(seed: Uint8Array): TestKey {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return { publicKey: Buffer.from(x, 'base64url'), sign: (message) => sign(null, message, key) };
}

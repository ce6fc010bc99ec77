import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { fromBase64, toBase64 } from '@argus/kit/bytes.ts';

/** The fixed heads of SPKI and PKCS#8 for Ed25519: raw 32-byte keys are what travels and is stored. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

export type SigningKey = {
  readonly publicKey: Uint8Array; // raw, 32 bytes
  readonly publicKeyText: string; // the same in base64
  readonly seed: Uint8Array; //      raw, 32 bytes: the secret
  sign(message: string | Uint8Array): Uint8Array;
};

const bytesOf = (message: string | Uint8Array) => (typeof message === 'string' ? Buffer.from(message) : message);

export function signingKeyOf(seed: Uint8Array): SigningKey {
  // OpenSSL takes a longer one and quietly uses the first 32 bytes.
  if (seed.length !== 32) throw new TypeError('an Ed25519 seed has 32 bytes');
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(SPKI_HEAD.length));
  return { publicKey, publicKeyText: toBase64(publicKey), seed, sign: (message) => sign(null, bytesOf(message), privateKey) };
}

export const newSigningKey = (): SigningKey =>
  signingKeyOf(new Uint8Array(generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_HEAD.length)));

const imported = new Map<string, KeyObject>();
const IMPORTED_MAX = 4_096;

/** Importing costs about as much as verifying, and the same few keys come again and again. */
function importPublic(raw: Uint8Array): KeyObject | null {
  if (raw.length !== 32) return null; // and not remembered: whoever sends keys chooses their size
  const name = Buffer.from(raw).toString('latin1');
  const known = imported.get(name);
  if (known !== undefined) return known;
  if (imported.size >= IMPORTED_MAX) imported.clear();
  const key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' });
  imported.set(name, key);
  return key;
}

/** False for anything that is not a good signature; never throws on bytes from outside. */
export function verifyEd25519(publicKey: Uint8Array, message: string | Uint8Array, signature: Uint8Array): boolean {
  const key = importPublic(publicKey);
  return key !== null && signature.length === 64 && verify(null, bytesOf(message), key, signature);
}

/** The same for keys and signatures in their base64 spelling. */
export function verifyText(publicKey: string, message: string, signature: string): boolean {
  const [key, sig] = [fromBase64(publicKey), fromBase64(signature)];
  return key !== null && sig !== null && verifyEd25519(key, message, sig);
}

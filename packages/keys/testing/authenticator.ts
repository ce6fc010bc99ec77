/**
 * An authenticator in software, with the browser in front of it: it does what a real one does, and on demand what no
 * honest one would. With a key and an id that are given it makes the same bytes every time, except for ES256's own nonce.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { concatBytes, fromBase64, toBase64, toBase64Url, utf8 } from '@argus/kit/bytes.ts';
import type { PasskeyAlgorithm } from '@argus/protocol/operator-proof.ts';
import { sha256 } from '../src/hash.ts';
import { signedByPasskey, type Assertion } from '../src/webauthn/assert.ts';
import { COSE_ALGORITHMS, type PasskeyKey } from '../src/webauthn/passkey.ts';
import type { Registration } from '../src/webauthn/register.ts';
import { writeCbor, type Writable } from './cbor-write.ts';

export type SoftKey = { readonly alg: PasskeyAlgorithm; readonly key: PasskeyKey; readonly cose: ReadonlyMap<number, Writable>; sign(message: Uint8Array): Uint8Array };

const bytesOf = (text = ''): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));

function coseOf(alg: PasskeyAlgorithm, { x, y, n, e }: { readonly x?: string; readonly y?: string; readonly n?: string; readonly e?: string }): ReadonlyMap<number, Writable> {
  if (alg === 'ES256') return new Map<number, Writable>([[1, 2], [3, COSE_ALGORITHMS.ES256], [-1, 1], [-2, bytesOf(x)], [-3, bytesOf(y)]]);
  if (alg === 'EdDSA') return new Map<number, Writable>([[1, 1], [3, COSE_ALGORITHMS.EdDSA], [-1, 6], [-2, bytesOf(x)]]);
  return new Map<number, Writable>([[1, 3], [3, COSE_ALGORITHMS.RS256], [-1, bytesOf(n)], [-2, bytesOf(e)]]);
}

export function softKeyOf(alg: PasskeyAlgorithm, privateKey: KeyObject): SoftKey {
  const publicKey = createPublicKey(privateKey);
  return {
    alg,
    key: { alg, public_key: toBase64(publicKey.export({ format: 'der', type: 'spki' })) },
    cose: coseOf(alg, publicKey.export({ format: 'jwk' })),
    sign: (message) => new Uint8Array(sign(alg === 'EdDSA' ? null : 'sha256', message, privateKey)),
  };
}

const PKCS8_OF = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  EdDSA: () => generateKeyPairSync('ed25519').privateKey,
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey,
};
const made = new Map<PasskeyAlgorithm, SoftKey>();
/** Making an RSA key takes half a second: one of each kind serves. */
export function softKey(alg: PasskeyAlgorithm = 'ES256'): SoftKey {
  const known = made.get(alg) ?? softKeyOf(alg, PKCS8_OF[alg]());
  made.set(alg, known);
  return known;
}
export const freshSoftKey = (alg: PasskeyAlgorithm = 'ES256'): SoftKey => softKeyOf(alg, PKCS8_OF[alg]());
export const softKeyFromPem = (alg: PasskeyAlgorithm, pem: string): SoftKey => softKeyOf(alg, createPrivateKey(pem));

export const UP = 0x01;
export const UV = 0x04;
const [BE, AT, ED] = [0x08, 0x40, 0x80];

export type Over = {
  readonly origin?: string;
  readonly rpId?: string;
  readonly flags?: number;
  readonly counter?: number;
  readonly type?: string;
  readonly client?: Readonly<Record<string, unknown>>; //  more members of the client data
  readonly extensions?: Writable;
  readonly trailing?: Uint8Array; //                       behind the authenticator data
  readonly cose?: Writable;
  readonly signer?: SoftKey;
};

export type SoftAuthenticator = {
  readonly key: SoftKey;
  readonly id: Uint8Array;
  register(challenge: Uint8Array, over?: Over): Registration;
  assert(challenge: Uint8Array, over?: Over): Assertion;
  authenticatorData(over?: Over, isNew?: boolean): Uint8Array;
};

export function createAuthenticator({ origin, rpId, key = softKey(), id = new Uint8Array(32).fill(7), aaguid = new Uint8Array(16), counts = false }: {
  readonly origin: string;
  readonly rpId: string;
  readonly key?: SoftKey;
  readonly id?: Uint8Array;
  readonly aaguid?: Uint8Array;
  readonly counts?: boolean;
}): SoftAuthenticator {
  let counter = 0;
  const clientData = (ceremony: string, challenge: Uint8Array, over: Over): Uint8Array =>
    utf8(JSON.stringify({ type: over.type ?? ceremony, challenge: toBase64Url(challenge), origin: over.origin ?? origin, crossOrigin: false, ...over.client }));

  function authenticatorData(over: Over = {}, isNew = false): Uint8Array {
    const flags = (over.flags ?? UP | UV | BE) | (isNew ? AT : 0) | (over.extensions === undefined ? 0 : ED);
    const fixed = new Uint8Array(5);
    fixed[0] = flags;
    new DataView(fixed.buffer).setUint32(1, over.counter ?? counter);
    const credential = isNew ? concatBytes(aaguid, Uint8Array.of(id.length >> 8, id.length & 0xff), id, writeCbor(over.cose ?? key.cose)) : new Uint8Array();
    const extensions = over.extensions === undefined ? new Uint8Array() : writeCbor(over.extensions);
    return concatBytes(sha256(utf8(over.rpId ?? rpId)), fixed, credential, extensions, over.trailing ?? new Uint8Array());
  }

  return {
    key,
    id,
    authenticatorData,
    register(challenge, over = {}) {
      const authData = authenticatorData(over, true);
      return { attestationObject: writeCbor(new Map<string, Writable>([['fmt', 'none'], ['attStmt', new Map()], ['authData', authData]])), clientData: clientData('webauthn.create', challenge, over) };
    },
    assert(challenge, over = {}) {
      if (counts) counter += 1;
      const made = { authenticatorData: authenticatorData(over), clientData: clientData('webauthn.get', challenge, over) };
      return { ...made, signature: (over.signer ?? key).sign(signedByPasskey(made)) };
    },
  };
}

/** What travels is base64. */
export const wire = (bytes: Uint8Array): string => toBase64(bytes);
export const unwire = (text: string): Uint8Array => fromBase64(text) ?? new Uint8Array();

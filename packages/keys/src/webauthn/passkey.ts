import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { fromBase64, sameBytes, toBase64, toBase64Url } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { PasskeyAlgorithm } from '@argus/protocol/operator-proof.ts';
import { isCborMap, type Cbor, type CborKey } from './cbor.ts';

/** The public half of a passkey: read as COSE (RFC 9053) once, and kept as SPKI in base64, in one spelling. */
export type PasskeyKey = { readonly alg: PasskeyAlgorithm; readonly public_key: string };

/** As IANA numbers them. What is asked for when a passkey is made, in this order. */
export const COSE_ALGORITHMS: Readonly<Record<PasskeyAlgorithm, number>> = { ES256: -7, EdDSA: -8, RS256: -257 };

/** Smaller is broken, larger is somebody burning our processor. */
const MODULUS_BITS = { min: 2_048, max: 4_096 } as const;

type Jwk = { readonly kty: string; readonly crv?: string; readonly x?: string; readonly y?: string; readonly n?: string; readonly e?: string };
type Field = { readonly label: number; readonly name: 'x' | 'y' | 'n' | 'e'; readonly bytes?: number };
type Shape = { readonly fixed: ReadonlyMap<number, number>; readonly fields: readonly Field[]; readonly jwk: Jwk };

const [KTY, ALG, CRV] = [1, 3, -1];
const SHAPES: Readonly<Record<PasskeyAlgorithm, Shape>> = {
  ES256: {
    fixed: new Map([[KTY, 2], [ALG, COSE_ALGORITHMS.ES256], [CRV, 1]]),
    fields: [{ label: -2, name: 'x', bytes: 32 }, { label: -3, name: 'y', bytes: 32 }],
    jwk: { kty: 'EC', crv: 'P-256' },
  },
  EdDSA: { fixed: new Map([[KTY, 1], [ALG, COSE_ALGORITHMS.EdDSA], [CRV, 6]]), fields: [{ label: -2, name: 'x', bytes: 32 }], jwk: { kty: 'OKP', crv: 'Ed25519' } },
  RS256: { fixed: new Map([[KTY, 3], [ALG, COSE_ALGORITHMS.RS256]]), fields: [{ label: -1, name: 'n' }, { label: -2, name: 'e' }], jwk: { kty: 'RSA' } },
};

/** A key that says anything besides what its kind has is not read. */
export function readCoseKey(cose: Cbor): Result<PasskeyKey, string> {
  if (!isCborMap(cose)) return err('the key is no map');
  const alg = (['ES256', 'EdDSA', 'RS256'] as const).find((one) => COSE_ALGORITHMS[one] === cose.get(ALG));
  if (alg === undefined) return err('the key is of an algorithm that was not asked for');
  const jwk = jwkOf(cose, SHAPES[alg]);
  if (jwk === null) return err('the key does not fit its algorithm');
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return isSound(alg, key) ? ok({ alg, public_key: spkiOf(key) }) : err('the key does not fit its algorithm');
  } catch {
    return err('the key is not on its curve'); // OpenSSL refuses such points
  }
}

function jwkOf(cose: ReadonlyMap<CborKey, Cbor>, { fixed, fields, jwk }: Shape): Jwk | null {
  if (cose.size !== fixed.size + fields.length) return null;
  for (const [label, value] of fixed) if (cose.get(label) !== value) return null;
  const read = fields.map(({ label, name, bytes }): readonly [string, string] | null => {
    const value = cose.get(label);
    return value instanceof Uint8Array && (bytes === undefined || value.length === bytes) ? [name, toBase64Url(value)] : null;
  });
  return read.some((field) => field === null) ? null : { ...jwk, ...Object.fromEntries(read.filter((field) => field !== null)) };
}

const spkiOf = (key: KeyObject): string => toBase64(key.export({ format: 'der', type: 'spki' }));

function isSound(alg: PasskeyAlgorithm, key: KeyObject): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: { namedCurve, modulusLength = 0, publicExponent = 0n } = {} } = key;
  switch (alg) {
    case 'ES256':
      return type === 'ec' && namedCurve === 'prime256v1';
    case 'EdDSA':
      return type === 'ed25519';
    case 'RS256':
      return type === 'rsa' && modulusLength >= MODULUS_BITS.min && modulusLength <= MODULUS_BITS.max && publicExponent >= 65_537n && publicExponent % 2n === 1n;
  }
}

/** Null when it is not exactly such a key in its one spelling. */
function importPasskey({ alg, public_key }: PasskeyKey): KeyObject | null {
  const der = fromBase64(public_key);
  if (der === null) return null;
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    return isSound(alg, key) && sameBytes(key.export({ format: 'der', type: 'spki' }), der) ? key : null;
  } catch {
    return null;
  }
}

export const isPasskeyKey = (key: PasskeyKey): boolean => importPasskey(key) !== null;

/** False for anything that is not a good signature; never throws on bytes from outside. */
export function verifyByPasskey(passkey: PasskeyKey, message: Uint8Array, signature: Uint8Array): boolean {
  const key = importPasskey(passkey);
  if (key === null) return false;
  try {
    return verify(passkey.alg === 'EdDSA' ? null : 'sha256', message, key, signature);
  } catch {
    return false;
  }
}

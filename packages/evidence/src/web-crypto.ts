/** Signatures as a browser checks them. Hashing is in plain code, see sha256.ts. */
import { fromBase64, sameBytes } from '@argus/kit/bytes.ts';
import type { PasskeyAlgorithm } from '@argus/protocol/operator-proof.ts';
import type { Crypto } from './entry.ts';
import { sha256 } from './sha256.ts';

type Algorithm = { readonly name: string; readonly namedCurve?: string; readonly hash?: string };
type ImportedKey = { readonly algorithm: object };
/** What of globalThis.crypto.subtle is used here. */
export type Subtle<Key extends ImportedKey> = {
  importKey(format: 'raw' | 'spki', key: Uint8Array<ArrayBuffer>, algorithm: Algorithm, extractable: boolean, uses: ['verify']): Promise<Key>;
  exportKey(format: 'spki', key: Key): Promise<ArrayBuffer>;
  verify(algorithm: Algorithm, key: Key, signature: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>): Promise<boolean>;
};

const ED25519 = { name: 'Ed25519' };
const PASSKEYS: Readonly<Record<PasskeyAlgorithm, Algorithm>> = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  EdDSA: ED25519,
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
};
/** The same bounds as where node:crypto is: smaller is broken, larger is somebody burning our processor. */
const MODULUS_BITS = { min: 2_048, max: 4_096 } as const;

const copy = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes); // WebCrypto takes no shared memory

export function webCrypto<Key extends ImportedKey>(subtle: Subtle<Key>): Crypto {
  const imported = new Map<string, Promise<Key>>();

  function keyOf(publicKey: Uint8Array): Promise<Key> {
    const name = publicKey.join(' ');
    let key = imported.get(name);
    if (!key) imported.set(name, (key = subtle.importKey('raw', copy(publicKey), ED25519, false, ['verify'])));
    return key;
  }

  /** Null when it is not exactly such a key in its one spelling. */
  async function passkeyOf(alg: PasskeyAlgorithm, der: Uint8Array): Promise<Key | null> {
    const key = await subtle.importKey('spki', copy(der), PASSKEYS[alg], true, ['verify']);
    const isOneSpelling = sameBytes(new Uint8Array(await subtle.exportKey('spki', key)), der);
    return isOneSpelling && (alg !== 'RS256' || isSoundRsa(key)) ? key : null;
  }

  return {
    sha256,
    /** False for a key that is none, as for a signature that does not hold. */
    async verify(publicKey, message, signature) {
      if (publicKey.length !== 32 || signature.length !== 64) return false;
      try {
        return await subtle.verify(ED25519, await keyOf(publicKey), copy(signature), copy(message));
      } catch {
        return false;
      }
    },
    async passkey({ alg, public_key }, message, signature) {
      const [der, signed] = [fromBase64(public_key), alg === 'ES256' ? rawOfDer(signature) : signature];
      if (!der || !signed) return false;
      try {
        const key = await passkeyOf(alg, der);
        return key !== null && (await subtle.verify(PASSKEYS[alg], key, copy(signed), copy(message)));
      } catch {
        return false;
      }
    },
  };
}

function isSoundRsa({ algorithm }: ImportedKey): boolean {
  const { modulusLength = 0, publicExponent = new Uint8Array() } = algorithm as { readonly modulusLength?: number; readonly publicExponent?: Uint8Array }; // of an RSA key
  const exponent = publicExponent.reduce((number, byte) => number * 256n + BigInt(byte), 0n);
  return modulusLength >= MODULUS_BITS.min && modulusLength <= MODULUS_BITS.max && exponent >= 65_537n && exponent % 2n === 1n;
}

const [SEQUENCE, INTEGER, HALF] = [0x30, 0x02, 32];

/** Authenticators write r and s as DER, WebCrypto wants them as 32 bytes each. Null: not in the one spelling DER has. */
function rawOfDer(der: Uint8Array): Uint8Array | null {
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2 || der.length > 72) return null;
  const raw = new Uint8Array(2 * HALF);
  let at = 2;
  for (const end of [HALF, 2 * HALF]) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    const [first = 0x80, second = 0x80] = number;
    const isShortest = first !== 0 || length === 1 || second >= 0x80;
    if (der[at] !== INTEGER || number.length !== length || first >= 0x80 || !isShortest) return null;
    const digits = first === 0 ? number.subarray(1) : number;
    if (digits.length > HALF) return null;
    raw.set(digits, end - digits.length);
    at += 2 + length;
  }
  return at === der.length ? raw : null;
}

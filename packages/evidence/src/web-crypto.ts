/** Signatures as a browser checks them. Hashing is in plain code, see sha256.ts. */
import type { Crypto } from './entry.ts';
import { sha256 } from './sha256.ts';

/** What of globalThis.crypto.subtle is used here. */
export type Subtle<Key> = {
  importKey(format: 'raw', key: Uint8Array<ArrayBuffer>, algorithm: { name: 'Ed25519' }, extractable: false, uses: ['verify']): Promise<Key>;
  verify(algorithm: 'Ed25519', key: Key, signature: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>): Promise<boolean>;
};

export function webCrypto<Key>(subtle: Subtle<Key>): Crypto {
  const imported = new Map<string, Promise<Key>>();
  const copy = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes); // WebCrypto takes no shared memory

  function keyOf(publicKey: Uint8Array): Promise<Key> {
    const name = publicKey.join(' ');
    let key = imported.get(name);
    if (!key) imported.set(name, (key = subtle.importKey('raw', copy(publicKey), { name: 'Ed25519' }, false, ['verify'])));
    return key;
  }

  return {
    sha256,
    /** False for a key that is none, as for a signature that does not hold. */
    async verify(publicKey, message, signature) {
      if (publicKey.length !== 32 || signature.length !== 64) return false;
      try {
        return await subtle.verify('Ed25519', await keyOf(publicKey), copy(signature), copy(message));
      } catch {
        return false;
      }
    },
  };
}

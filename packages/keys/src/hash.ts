import { hash, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Of bytes, or of the UTF-8 of a text. Asking for bytes would cost several times the hashing: each gets memory outside the heap. */
export function sha256(input: Uint8Array | string): Uint8Array {
  const letters = hash('sha256', input, 'binary');
  const bytes = new Uint8Array(32);
  for (let i = 0; i < 32; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}
export const sha256Hex = (text: string | Uint8Array): string => hash('sha256', text, 'hex');

const BLOCK = 64;
const keyPad = (key: Uint8Array, byte: number, room: number): Buffer => {
  const padded = Buffer.alloc(BLOCK + room, byte).fill(0, BLOCK);
  for (const [i, k] of key.entries()) padded[i] = k ^ byte;
  return padded;
};

/**
 * RFC 2104 over the one-shot hash. node:crypto's own wants a key object for every call, which costs many times the
 * hashing itself, and every frame and every credential passes through here. A test holds the two together.
 */
export function hmac(key: Uint8Array, message: string | Uint8Array): Uint8Array {
  const short = key.length > BLOCK ? sha256(key) : key;
  const bytes = typeof message === 'string' ? Buffer.from(message) : message;
  const inner = keyPad(short, 0x36, bytes.length);
  inner.set(bytes, BLOCK);
  const outer = keyPad(short, 0x5c, 32);
  outer.set(sha256(inner), BLOCK);
  return sha256(outer);
}

/** RFC 5869. `info` names the purpose; two purposes never share a key. */
export const deriveKey = (ikm: Uint8Array, info: string, salt: Uint8Array = new Uint8Array()): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', ikm, salt, info, 32));

/** Constant time for equal lengths; the length of a MAC is no secret. */
export const sameSecret = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

/** For secrets whose length is one: both sides are hashed first. */
export const sameSecretText = (a: string, b: string): boolean => timingSafeEqual(sha256(Buffer.from(a)), sha256(Buffer.from(b)));

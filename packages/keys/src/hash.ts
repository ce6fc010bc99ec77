import { createHmac, hash, hkdfSync, timingSafeEqual } from 'node:crypto';

export const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');
export const sha256Hex = (text: string | Uint8Array): string => hash('sha256', text, 'hex');

export const hmac = (key: Uint8Array, message: string | Uint8Array): Uint8Array =>
  createHmac('sha256', key).update(message).digest();

/** RFC 5869. `info` names the purpose; two purposes never share a key. */
export const deriveKey = (ikm: Uint8Array, info: string, salt: Uint8Array = new Uint8Array()): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', ikm, salt, info, 32));

/** Constant time for equal lengths; the length of a MAC is no secret. */
export const sameSecret = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

/** For secrets whose length is one: both sides are hashed first. */
export const sameSecretText = (a: string, b: string): boolean => timingSafeEqual(sha256(Buffer.from(a)), sha256(Buffer.from(b)));

/**
 * The three hashes of an RFC 6962 tree. Leaves and nodes start with different bytes, so nobody can pass one off
 * as the other. Hashing comes in as a parameter: server, agent and browser each have their own fastest SHA-256.
 */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

export const HASH_BYTES = 32;

const LEAF = 0x00;
const NODE = 0x01;
const LEAF_LETTER = String.fromCharCode(LEAF);

export function leafHash(sha256: Sha256, bytes: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + bytes.length);
  input[0] = LEAF;
  input.set(bytes, 1);
  return sha256(input);
}

/** The same for a text, where the hash takes one: what is hashed are the bytes of its UTF-8. */
export const leafHashOfText = (sha256: (text: string) => Uint8Array, text: string): Uint8Array => sha256(LEAF_LETTER + text);

/** Throws on anything but two hashes: with free lengths, two different pairs could have the same bytes. */
export function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  if (!isHash(left) || !isHash(right)) throw new TypeError('a node is made of two hashes');
  const input = new Uint8Array(1 + 2 * HASH_BYTES);
  input[0] = NODE;
  input.set(left, 1);
  input.set(right, 1 + HASH_BYTES);
  return sha256(input);
}

export const emptyRoot = (sha256: Sha256): Uint8Array => sha256(new Uint8Array(0));

export const isHash = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array && value.length === HASH_BYTES;

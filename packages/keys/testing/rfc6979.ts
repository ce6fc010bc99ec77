/** ECDSA on P-256 with the nonce of RFC 6979, which node:crypto does not offer: the same key and message sign the same. For tests. */
import { createECDH, createHmac } from 'node:crypto';
import { sha256 } from '../src/hash.ts';

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const bytes32 = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const mod = (value: bigint): bigint => ((value % ORDER) + ORDER) % ORDER;

function inverse(value: bigint): bigint {
  let [a, b, x, y] = [mod(value), ORDER, 1n, 0n];
  while (a > 1n) [a, b, x, y] = [b % a, a, y - (b / a) * x, x];
  return mod(x);
}

function nonceOf(secret: bigint, hashed: bigint): bigint {
  const hmac = (key: Buffer, ...parts: Buffer[]) => createHmac('sha256', key).update(Buffer.concat(parts)).digest();
  const seed = [bytes32(secret), bytes32(mod(hashed))];
  let [key, value] = [Buffer.alloc(32, 0), Buffer.alloc(32, 1)];
  for (const mark of [0, 1]) {
    key = hmac(key, value, Buffer.of(mark), ...seed);
    value = hmac(key, value);
  }
  for (;;) {
    value = hmac(key, value);
    const nonce = number(value);
    if (nonce > 0n && nonce < ORDER) return nonce;
    key = hmac(key, value, Buffer.of(0));
    value = hmac(key, value);
  }
}

const der = (value: bigint): Buffer => {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  const body = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return Buffer.concat([Buffer.of(2, body.length), body]);
};

export function signP256(secret: Uint8Array, message: Uint8Array): Uint8Array {
  const [d, z] = [number(secret), number(sha256(message))];
  const k = nonceOf(d, z);
  const point = createECDH('prime256v1');
  point.setPrivateKey(bytes32(k));
  const r = mod(number(point.getPublicKey().subarray(1, 33)));
  const s = mod(inverse(k) * (z + r * d));
  const body = Buffer.concat([der(r), der(s)]);
  return new Uint8Array(Buffer.concat([Buffer.of(0x30, body.length), body]));
}

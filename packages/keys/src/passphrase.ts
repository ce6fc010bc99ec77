import { createCipheriv, createDecipheriv, scryptSync } from 'node:crypto';
import { fromBase64, toBase64 } from '@argus/kit/bytes.ts';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import type { Random } from './random.ts';

/**
 * A secret under a passphrase that a person remembers: scrypt makes each guess cost a third of a second and 128 MiB,
 * AES-256-GCM says whether it was right. `beside` is what stands in clear next to it, and cannot be exchanged.
 */
export type UnderPassphrase = { readonly n: number; readonly r: number; readonly p: number; readonly salt: string; readonly nonce: string; readonly sealed: string };

export const SCRYPT = { n: 131_072, r: 8, p: 1 } as const;
const TAG = 16;
const MEMORY_MAX = 512 * 1_048_576;

const keyOf = (passphrase: string, salt: Uint8Array, { n, r, p }: Pick<UnderPassphrase, 'n' | 'r' | 'p'>) =>
  scryptSync(passphrase.normalize('NFC'), salt, 32, { N: n, r, p, maxmem: MEMORY_MAX });

export function sealUnder(passphrase: string, secret: Uint8Array, { beside, random, cost = SCRYPT }: { beside: Json; random: Random; cost?: Pick<UnderPassphrase, 'n' | 'r' | 'p'> }): UnderPassphrase {
  const [salt, nonce] = [random(16), random(12)];
  const cipher = createCipheriv('aes-256-gcm', keyOf(passphrase, salt, cost), nonce).setAAD(Buffer.from(canonicalJson(beside)));
  const sealed = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  return { n: cost.n, r: cost.r, p: cost.p, salt: toBase64(salt), nonce: toBase64(nonce), sealed: toBase64(sealed) };
}

/** Null when the passphrase is another, when something was changed, or when opening it would take all of the memory. */
export function openUnder(passphrase: string, { n, r, p, ...texts }: UnderPassphrase, beside: Json): Uint8Array | null {
  const [salt, nonce, sealed] = [fromBase64(texts.salt), fromBase64(texts.nonce), fromBase64(texts.sealed)];
  const isSane = Number.isInteger(Math.log2(n)) && n <= 1_048_576 && r === 8 && p === 1;
  if (!isSane || !salt || nonce?.length !== 12 || !sealed || sealed.length < TAG) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(passphrase, salt, { n, r, p }), nonce, { authTagLength: TAG });
    decipher.setAAD(Buffer.from(canonicalJson(beside))).setAuthTag(sealed.subarray(-TAG));
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG)), decipher.final()]);
  } catch {
    return null; // GCM says only that the tag does not match
  }
}

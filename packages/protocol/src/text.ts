import { z } from 'zod';
import { redactSecrets, secretShaped } from './ids.ts';

/**
 * Text that came from somebody else is hostile: to a terminal, a notification, a log line, a page.
 * C0/C1 controls, bidirectional overrides and everything that shows nothing (zero-width, fillers, variation selectors,
 * the blank Braille pattern, what no character stands for) are never passed on: two names that look alike are alike.
 */
const unprintable = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const unprintables = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]+/gu;

/**
 * For text an agent supplied: cleaned and cut, never refused, since refusing would let it hide.
 * Cut last: half a secret no longer looks like one.
 */
export const cleanText = (text: string, maxLength: number): string =>
  [...redactSecrets(text.replaceAll(unprintables, ' '))].slice(0, maxLength).join('');

export const agentText = (maxLength: number) =>
  z.string().max(maxLength * 4).transform((text) => cleanText(text, maxLength));

/** For text an operator writes: refused when it is not plain, so that what is signed is what was typed. */
export const plainText = (minLength: number, maxLength: number) =>
  z
    .string()
    .trim()
    .min(minLength)
    .max(maxLength)
    .refine((text) => !unprintable.test(text), { error: 'has characters that do not print' })
    .refine((text) => text.search(secretShaped()) < 0, { error: 'looks like it carries a secret' });

/** 32 bytes as keys and passwords are written in either base64. In hex they look like a digest, which is no secret. */
const keyShaped = /(?<![\w+/-])(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])(?:[\w-]{43}(?![\w+/-])|[\w+/-]{43}=)/;

/** For what is kept of a text that nobody asked for, and that is no reason to refuse anything. */
export const redactKeys = (text: string): string => text.replaceAll(new RegExp(keyShaped, 'g'), '[redacted]');

/** The user and the password of an address, up to the last `@` before its path: a password may have one in it, and a quote. */
export const redactAddresses = (text: string): string => text.replaceAll(/(:\/\/)[^\s/"]+@/g, '$1[redacted]@');

/** For sentences and names: a key in one is a mistake of whoever typed it, and would be kept for good. */
export const plainWords = (minLength: number, maxLength: number) =>
  plainText(minLength, maxLength).refine((text) => !keyShaped.test(text), { error: 'looks like it carries a secret' });

export const REASON_MIN = 3;
export const REASON_MAX = 500;
/** Why somebody acts. Kept for good and read by the tenant. */
export const reason = () => plainWords(REASON_MIN, REASON_MAX);

// Made once and shared: a schema costs kilobytes, and frames and entries are full of these.
const isoTimeSchema = z.iso.datetime({ offset: false, precision: 3 });
const sha256HexSchema = z.string().regex(/^[0-9a-f]{64}$/, { error: 'not a SHA-256 in lower-case hex' });
const base64Of32Schema = z.string().regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, { error: 'not 32 bytes in base64' });
const base64Of64Schema = z.string().regex(/^[A-Za-z0-9+/]{85}[AQgw]==$/, { error: 'not 64 bytes in base64' });

export const isoTimeText = () => isoTimeSchema;
export const sha256Hex = () => sha256HexSchema;
/**
 * 32 bytes in standard base64: hashes and raw Ed25519 public keys. One spelling per value, as `fromBase64` reads it:
 * the last letter carries bits that have to be zero.
 */
export const base64Of32 = () => base64Of32Schema;
/** 64 bytes in standard base64, in one spelling: Ed25519 signatures. */
export const base64Of64 = () => base64Of64Schema;

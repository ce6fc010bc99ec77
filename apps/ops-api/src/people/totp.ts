import { createHmac } from 'node:crypto';
import { sameSecretText } from '@argus/keys/hash.ts';

/**
 * RFC 6238, as every authenticator app speaks it: SHA-1, 30 seconds, six digits. A code counts for its own step and for
 * one to either side. Which step it was is told, so that whoever keeps the account can see to it that each counts once.
 */
export const TOTP_STEP_S = 30;
export const TOTP_DIGITS = 6;
/** Clocks of phones are off a little. */
const STEPS_OFF = 1;
export const TOTP_SECRET_BYTES = 20;

export const stepAt = (epochMs: number): number => Math.floor(epochMs / 1_000 / TOTP_STEP_S);

/** RFC 4226: the code of one counter. */
export function hotp(secret: Uint8Array, counter: number, digits = TOTP_DIGITS): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac('sha1', secret).update(message).digest();
  const at = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 10 ** digits).padStart(digits, '0');
}

/** The step this code is of, or null. All steps are compared, so that how near it came takes no longer or shorter. */
export function stepOf(secret: Uint8Array, code: string, epochMs: number): number | null {
  const now = stepAt(epochMs);
  let found: number | null = null;
  for (let step = now - STEPS_OFF; step <= now + STEPS_OFF; step++) if (sameSecretText(hotp(secret, step), code)) found = step;
  return found;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 without padding: as people type it into an app. */
export function toBase32(bytes: Uint8Array): string {
  let [out, bits, held] = ['', 0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) out += BASE32.charAt((held >> (bits - 5)) & 31);
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? out : out + BASE32.charAt((held << (5 - bits)) & 31);
}

/** Null when it is none; blanks and small letters are how people type. */
export function fromBase32(text: string): Uint8Array | null {
  const letters = text.replaceAll(/[\s-]/g, '').replace(/=+$/, '').toUpperCase();
  if (letters === '' || !/^[A-Z2-7]+$/.test(letters)) return null;
  const out: number[] = [];
  let [bits, held] = [0, 0];
  for (const letter of letters) {
    held = (held << 5) | BASE32.indexOf(letter);
    bits += 5;
    if (bits < 8) continue;
    out.push((held >> (bits - 8)) & 255);
    bits -= 8;
    held &= (1 << bits) - 1;
  }
  return new Uint8Array(out);
}

/** What an app reads from the square. Only letters in the names, so that no app stumbles. */
export const otpauthUri = (secret: Uint8Array, account: string): string =>
  `otpauth://totp/Argus:${encodeURIComponent(account)}?secret=${toBase32(secret)}&issuer=Argus&algorithm=SHA1&digits=${TOTP_DIGITS}&period=${TOTP_STEP_S}`;

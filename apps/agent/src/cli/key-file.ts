import { closeSync, constants, fsyncSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { signingKeyOf, type SigningKey } from '@argus/keys/ed25519.ts';
import { openUnder, sealUnder } from '@argus/keys/passphrase.ts';
import type { Random } from '@argus/keys/random.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import { base64Of32 } from '@argus/protocol/text.ts';
import { z } from 'zod';
import { mustReadFile, reasonOf, stop } from './stop.ts';

/** The tenant's consent key on disk: whose it is in clear, the seed under a passphrase. Its public half alone is what machines get. */
const PublicKey = z.strictObject({ v: z.literal(1), kind: z.literal('argus-consent-public-key'), public_key: base64Of32() });
const KeyFile = z.strictObject({
  v: z.literal(1),
  kind: z.literal('argus-consent-key'),
  public_key: base64Of32(),
  seed: z.strictObject({ n: z.number(), r: z.number(), p: z.number(), salt: z.string(), nonce: z.string(), sealed: z.string() }),
});
const besideOf = (publicKey: string) => ({ kind: 'argus-consent-key', public_key: publicKey });

export function keyFileText(key: SigningKey, passphrase: string, random: Random): string {
  const file: z.infer<typeof KeyFile> = { v: 1, kind: 'argus-consent-key', public_key: key.publicKeyText, seed: sealUnder(passphrase, key.seed, { beside: besideOf(key.publicKeyText), random }) };
  return `${JSON.stringify(file, null, 2)}\n`;
}
export const publicKeyText = (key: SigningKey): string => `${JSON.stringify({ v: 1, kind: 'argus-consent-public-key', public_key: key.publicKeyText } satisfies z.infer<typeof PublicKey>)}\n`;

/** The sealed file does as well: nothing but its public half is read. */
export function mustConsentKey(path: string): string {
  const parsed = z.union([PublicKey, KeyFile]).safeParse(parseJson(mustReadFile(path, 'consent key')));
  return parsed.success ? parsed.data.public_key : stop(`${path} is no consent key. Make one with: argus-agent consent keygen --out FILE`);
}

export function mustOpenKey(path: string, passphrase: string): SigningKey {
  const parsed = KeyFile.safeParse(parseJson(mustReadSecret(path, 'consent key')));
  if (!parsed.success) return stop(`${path} is no sealed consent key. It is the file that argus-agent consent keygen made, not the one that ends with .pub.`);
  const seed = openUnder(passphrase, parsed.data.seed, besideOf(parsed.data.public_key));
  const key = seed?.length === 32 ? signingKeyOf(seed) : null;
  return key?.publicKeyText === parsed.data.public_key ? key : stop('The passphrase does not open this key, or the file was changed.');
}

/** Only where nobody else can read it. */
export function mustReadSecret(path: string, what: string): string {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch (problem) {
    return stop(`The ${what} ${path} cannot be read: ${reasonOf(problem)}.`);
  }
  try {
    if (process.platform !== 'win32' && (fstatSync(fd).mode & 0o077) !== 0) stop(`Others on this machine can read the ${what} ${path}. Close it with chmod 600, and make a new one if somebody may have read it.`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** Never over something that is there: what it was may be the only copy. */
export function writeNew(path: string, text: string): void {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (problem) {
    stop((problem as NodeJS.ErrnoException).code === 'EEXIST' ? `${path} is there already, and nothing is written over. Name another file with --out.` : `${path} cannot be written: ${reasonOf(problem)}.`);
  }
}

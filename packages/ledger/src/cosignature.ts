/**
 * C2SP cosignatures (c2sp.org/tlog-cosignature), the Ed25519 kind: a witness says that at this time this was the largest
 * checkpoint of the log it had seen, and that it continued all it had seen before. A signature line of the note it is about.
 */
import { concatBytes, sameBytes, utf8 } from '@argus/kit/bytes.ts';
import type { Sha256 } from './hash.ts';
import { keyId, parseNote, signedNote, type NoteSignature, type VerifyEd25519 } from './note.ts';

/** The signature type byte of a timestamped Ed25519 cosignature: one key under both types has two ids. */
export const NOTE_COSIGNATURE = 0x04;
const TIME_BYTES = 8;

/** `body` is the text of the checkpoint with its last line feed, extension lines included, signature lines not. */
export function cosignedMessage(body: string, seconds: number): Uint8Array {
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new TypeError('a cosignature has a time in whole seconds');
  return utf8(`cosignature/v1\ntime ${seconds}\n${body}`);
}

export type Cosigner = { readonly name: string; readonly publicKey: Uint8Array; sign(message: Uint8Array): Uint8Array };

/** The signature line, with its line feed: it goes under the note as it is. */
export function cosign(sha256: Sha256, { name, publicKey, sign }: Cosigner, { body, seconds }: { readonly body: string; readonly seconds: number }): string {
  const signed = sign(cosignedMessage(body, seconds));
  const time = new Uint8Array(TIME_BYTES);
  new DataView(time.buffer).setBigUint64(0, BigInt(seconds));
  const signature = concatBytes(time, signed);
  const note = signedNote(body, [{ name, id: keyId(sha256, name, NOTE_COSIGNATURE, publicKey), signature }]);
  return note.slice(body.length + 1);
}

export type CosignatureToOpen = {
  readonly sha256: Sha256;
  readonly verify: VerifyEd25519;
  readonly body: string;
  readonly line: string;
  readonly name: string;
  readonly publicKey: Uint8Array;
};

/** When this key under this name cosigned this very body; null when it did not. */
export function openCosignature({ sha256, verify, body, line, name, publicKey }: CosignatureToOpen): { readonly seconds: number } | null {
  const read = parseNote(`${body}\n${line}`);
  const only = read?.text === body && read.signatures.length === 1 ? read.signatures[0] : undefined;
  if (!only || publicKey.length !== 32 || only.name !== name) return null;
  if (!sameBytes(only.id, keyId(sha256, name, NOTE_COSIGNATURE, publicKey))) return null;
  const seconds = secondsOf(only);
  if (seconds === null) return null;
  return verify(publicKey, cosignedMessage(body, seconds), only.signature.slice(TIME_BYTES)) ? { seconds } : null;
}

function secondsOf({ signature }: NoteSignature): number | null {
  if (signature.length !== TIME_BYTES + 64) return null;
  const seconds = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  return seconds <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(seconds) : null;
}

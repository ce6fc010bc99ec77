/**
 * C2SP signed notes (c2sp.org/signed-note): a text, a blank line, signature lines. What is read here comes from
 * outside, so reading is strict and answers null; writing throws, because we should have known better.
 */
import { concatBytes, fromBase64, sameBytes, toBase64, utf8 } from '@argus/kit/bytes.ts';
import type { Sha256 } from './hash.ts';

/** `publicKey` is 32 raw bytes. Answers false, never throws, also for a key that is no point on the curve. */
export type VerifyEd25519 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export type NoteSignature = { readonly name: string; readonly id: Uint8Array; readonly signature: Uint8Array };
export type Note = { readonly text: string; readonly signatures: readonly NoteSignature[] };

/** The signature type byte of a plain Ed25519 note signature. */
export const NOTE_ED25519 = 0x01;

// Ours: the format asks for some limit and at least 16 signatures.
const NOTE_BYTES_MAX = 64 * 1024;
const SIGNATURES_MAX = 64;
const ID_BYTES = 4;

/** First bytes of SHA-256(name, newline, type, key): says which key to try, proves nothing. */
export const keyId = (sha256: Sha256, name: string, algorithmByte: number, publicKey: Uint8Array): Uint8Array =>
  sha256(concatBytes(utf8(name), Uint8Array.of(0x0a, algorithmByte), publicKey)).slice(0, ID_BYTES);

export function signedNote(text: string, signatures: readonly NoteSignature[]): string {
  const lines = signatures.map(({ name, id, signature }) => {
    // An id of another length would shift the border between id and signature, and still read as a note.
    if (id.length !== ID_BYTES) throw new TypeError(`a key id has ${ID_BYTES} bytes`);
    return `— ${name} ${toBase64(concatBytes(id, signature))}\n`;
  });
  const note = `${text}\n${lines.join('')}`;
  const read = parseNote(note);
  // A name with a line break in it could turn one signature line into two.
  if (read?.text !== text || read.signatures.length !== signatures.length) throw new TypeError('not a note');
  return note;
}

export function parseNote(note: string): Note | null {
  // Half a surrogate pair would become U+FFFD in the bytes: another text under the same signature.
  if (note.length > NOTE_BYTES_MAX || !note.isWellFormed() || utf8(note).length > NOTE_BYTES_MAX) return null;
  if (!note.endsWith('\n') || hasControlCharacter(note)) return null;
  const blank = note.lastIndexOf('\n\n');
  if (blank === -1) return null;
  const lines = note.slice(blank + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) return null;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignature(line);
    if (signature === null) return null;
    signatures.push(signature);
  }
  return { text: note.slice(0, blank + 1), signatures };
}

export type NoteToVerify = {
  readonly sha256: Sha256;
  readonly verify: VerifyEd25519;
  readonly note: string;
  readonly name: string;
  readonly publicKey: Uint8Array;
};

/** The text, if exactly this key under exactly this name signed it; lines of other keys are ignored. */
export function verifyNote({ sha256, verify, note, name, publicKey }: NoteToVerify): string | null {
  const read = parseNote(note);
  if (read === null || publicKey.length !== 32) return null;
  const id = keyId(sha256, name, NOTE_ED25519, publicKey);
  const ours = read.signatures.filter((line) => line.name === name && sameBytes(line.id, id));
  const message = utf8(read.text);
  // One bad line that claims to be ours condemns the note, even beside a good one.
  const valid = ours.every(({ signature }) => signature.length === 64 && verify(publicKey, message, signature));
  return valid && ours.length > 0 ? read.text : null;
}

function parseSignature(line: string): NoteSignature | null {
  const [dash, name, base64, ...more] = line.split(' ');
  if (dash !== '—' || name === undefined || base64 === undefined || more.length > 0) return null;
  if (name === '' || /[\p{White_Space}+]/u.test(name)) return null;
  const bytes = fromBase64(base64);
  if (bytes === null || bytes.length <= ID_BYTES) return null;
  return { name, id: bytes.slice(0, ID_BYTES), signature: bytes.slice(ID_BYTES) };
}

/** Below U+0020, newline apart: the ones the format forbids. A loop, since a regular expression would need them all. */
function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 && code !== 0x0a) return true;
  }
  return false;
}

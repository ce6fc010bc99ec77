import { fromBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyFromSeed, sha256, verifyEd25519 } from '../vectors/node-crypto.ts';
import { publishedCheckpoint, publishedNote } from '../vectors/published.ts';
import { keyId, NOTE_ED25519, parseNote, signedNote, verifyNote, type NoteSignature } from './note.ts';

const { name, text, line, other } = publishedNote;
const note = `${text}\n${line}`;
/** Go writes a type byte before keys and seeds. */
const raw = (key: string): Uint8Array => (fromBase64(key) ?? new Uint8Array(0)).slice(1);
const publicKey = raw(publishedNote.key);
const key = keyFromSeed(raw(publishedNote.seed));
const id = keyId(sha256, name, NOTE_ED25519, publicKey);

const open = (candidate: string, who: string = name, under: Uint8Array = publicKey): string | null =>
  verifyNote({ sha256, verify: verifyEd25519, note: candidate, name: who, publicKey: under });
const signed = (message: string, signer: string = name): NoteSignature => ({
  name: signer,
  id: keyId(sha256, signer, NOTE_ED25519, publicKey),
  signature: key.sign(utf8(message)),
});

test('the published keys have the published ids', () => {
  expect(toHex(id)).toBe(publishedNote.id);
  expect(toHex(keyId(sha256, other.name, NOTE_ED25519, raw(other.key)))).toBe(other.id);
  expect(key.publicKey).toEqual(Buffer.from(publicKey));
});

test('the published note verifies, and its published seed signs it to the last byte', () => {
  expect(open(note)).toBe(text);
  expect(signedNote(text, [signed(text)])).toBe(note);
});

test('of two published signatures each is found by its own key; the other line is ignored', () => {
  const both = note + other.line;
  expect(open(both)).toBe(text);
  expect(open(both, other.name, raw(other.key))).toBe(text);
  expect(open(`${text}\n${other.line}`)).toBeNull();
  expect(parseNote(both)?.signatures.map((s) => [s.name, toHex(s.id), s.signature.length])).toEqual([
    [name, publishedNote.id, 64],
    [other.name, other.id, 64],
  ]);
});

test('the note printed in the checkpoint specification is read', () => {
  const read = parseNote(publishedCheckpoint.note);
  expect(read?.signatures.map((s) => s.name)).toEqual([publishedCheckpoint.origin]);
  expect(read && signedNote(read.text, read.signatures)).toBe(publishedCheckpoint.note);
});

test('a text may hold blank lines, and even signature lines: the last blank line ends it', () => {
  for (const message of ['\n', 'a\n\nb\n', 'a\n\n', note, `\n\n${line}`]) {
    const whole = signedNote(message, [signed(message)]);
    expect(open(whole)).toBe(message);
  }
});

/** Guarantee: a name, an id and a key belong together; sharing two of the three is not enough. */
test('another key, the same key under another name, or a borrowed id is refused', () => {
  const stranger = keyFromSeed(new Uint8Array(32).fill(7));
  expect(open(note, name, stranger.publicKey)).toBeNull();
  expect(open(note, 'EnochRoot')).toBeNull();
  expect(open(signedNote(text, [signed(text, 'EnochRoot')]))).toBeNull();
  const borrowed = { name, id, signature: stranger.sign(utf8(text)) };
  expect(open(signedNote(text, [borrowed]))).toBeNull();
  const ownId = { ...borrowed, id: keyId(sha256, name, NOTE_ED25519, stranger.publicKey) };
  expect(open(signedNote(text, [ownId]))).toBeNull();
  expect(open(signedNote(text, [{ ...signed(text), id: Buffer.of(1, 2, 3, 4) }]))).toBeNull();
});

test('one wrong signature under our name and id condemns the note, before or after a good one', () => {
  const good = signed(text);
  const bad = { ...good, signature: good.signature.with(9, (good.signature[9] ?? 0) ^ 1) };
  const short = { ...good, signature: good.signature.slice(0, 63) };
  for (const wrong of [bad, short]) {
    expect(open(signedNote(text, [good, wrong]))).toBeNull();
    expect(open(signedNote(text, [wrong, good]))).toBeNull();
  }
  expect(open(signedNote(text, [good, good]))).toBe(text);
});

test('a signature of another length is refused without asking the port, which may throw on it', () => {
  const never = (): boolean => expect.fail('asked');
  const long = { ...signed(text), signature: new Uint8Array(65) };
  const args = { sha256, verify: never, name, publicKey };
  expect(verifyNote({ ...args, note: signedNote(text, [long]) })).toBeNull();
  const shortKey = publicKey.slice(1);
  const under = { ...signed(text), id: keyId(sha256, name, NOTE_ED25519, shortKey) };
  expect(verifyNote({ ...args, note: signedNote(text, [under]), publicKey: shortKey })).toBeNull();
});

const lines = (count: number): string => other.line.repeat(count);
const cut = line.slice(0, -1);

test.each<[why: string, note: string]>([
  ['nothing', ''],
  ['a text without signatures', text],
  ['a blank line without signatures', `${text}\n`],
  ['two blank lines without signatures', `${text}\n\n`],
  ['no blank line', `${text}${line}`],
  ['no newline at the end', `${text}\n${cut}`],
  ['a blank line at the end', `${note}\n`],
  ['a line that is no signature', `${note}Unexpected line.\n`],
  ['a blank line between signatures', `${note}\n\n`],
  ['a tab', `\t${note}`],
  ['a carriage return', note.replaceAll('\n', '\r\n')],
  ['a unit separator', `\x1f${note}`],
  ['a NUL', `\0${note}`],
  ['half a surrogate pair', `\ud800${note}`],
  ['a hyphen for the dash', note.replace('—', '-')],
  ['no space after the dash', note.replace('— ', '—')],
  ['two spaces', note.replace('— ', '—  ')],
  ['a space at the end', `${text}\n${cut} \n`],
  ['a name with a space', note.replace('Neumann', ' Neumann')],
  ['a name with a space from elsewhere', note.replace('Neumann', '\u3000Neumann')],
  ['a name with a next line character', note.replace('Neumann', '\u0085Neumann')],
  ['a name with a plus', note.replace('Neumann', '+Neumann')],
  ['no name', note.replace('PeterNeumann ', '')],
  ['an empty name', note.replace('PeterNeumann', '')],
  ['no signature', `${text}\n— PeterNeumann\n`],
  ['an id and nothing behind it', `${text}\n— PeterNeumann x08goA==\n`],
  ['half an id', `${text}\n— PeterNeumann x08=\n`],
  ['base64 without its padding', note.replace('=\n', '\n')],
  ['base64 for URLs', note.replace('/', '_')],
  ['base64 with stray bits', note.replace('AM=', 'AN=')],
  ['65 signatures', note + lines(64)],
  ['more than 64 KiB', `${'x'.repeat(65_536)}\n${note}`],
  ['more than 64 KiB in bytes, if not in characters', `${'€'.repeat(22_000)}\n${note}`],
])('%s is no note', (_why, candidate) => {
  expect(parseNote(candidate)).toBeNull();
  expect(open(candidate)).toBeNull();
});

test('64 signatures and 64 KiB are still a note', () => {
  expect(open(note + lines(63))).toBe(text);
  const room = 65_536 - utf8(note).length;
  const roomy = `${'x'.repeat(room)}${note}`;
  expect(parseNote(roomy)).not.toBeNull();
  expect(parseNote(`x${roomy}`)).toBeNull();
});

const forged = 'forged\n';
test.each<[why: string, text: string, signature: Partial<NoteSignature>]>([
  ['a text without a newline', 'abc', {}],
  ['an empty text', '', {}],
  ['a control character', 'a\tb\n', {}],
  ['half a surrogate pair', 'a\udc00\n', {}],
  ['a name with a space', text, { name: 'Peter Neumann' }],
  ['a name that brings its own signature line', text, { name: `${cut.slice(2)}\n— ${name}` }],
  ['a name that brings its own text', text, { name: `x AAAAAAA=\n\n${forged}\n— ${name}` }],
  ['an id of five bytes', text, { id: new Uint8Array(5) }],
  ['no signature bytes', text, { signature: new Uint8Array(0) }],
])('%s is not written', (_why, message, change) =>
  expect(() => signedNote(message, [{ ...signed(message), ...change }])).toThrow(TypeError));

test('a note is not written without a signature, or with 65', () => {
  expect(() => signedNote(text, [])).toThrow(TypeError);
  expect(() => signedNote(text, Array.from({ length: 65 }, () => signed(text)))).toThrow(TypeError);
});

const anyName = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !/[\p{White_Space}+]/u.test(text));
const anyLine = fc.string({ unit: 'grapheme', maxLength: 30 });
const anyText = fc.array(anyLine, { minLength: 1, maxLength: 6 }).map((all) => `${all.join('\n')}\n`);

/** Any UTF-16 code unit: control characters, spaces from everywhere, halves of surrogate pairs. */
const anyUnit = fc.nat(0xffff).map((unit) => String.fromCharCode(unit));

test('what is written is read back', () =>
  fc.assert(
    fc.property(
      anyText,
      fc.array(
        fc.record({
          name: anyName,
          id: fc.uint8Array({ minLength: 4, maxLength: 4 }),
          signature: fc.uint8Array({ minLength: 1, maxLength: 100 }),
        }),
        { minLength: 1, maxLength: 64 },
      ),
      (message, signatures) => {
        expect(parseNote(signedNote(message, signatures))).toEqual({ text: message, signatures });
      },
    ),
  ));

/** Guarantee: no byte of a note can be changed, added or removed without the reader refusing it. */
test('a note with any one character changed, added or removed does not verify as anything else', () => {
  const verdicts = new Set<string | null>();
  const at = fc.nat(note.length - 1);
  fc.assert(
    fc.property(at, fc.string({ unit: anyUnit, maxLength: 1 }), fc.nat(1), (i, put, removed) => {
      const changed = note.slice(0, i) + put + note.slice(i + removed);
      fc.pre(changed !== note);
      verdicts.add(open(changed));
    }),
    { numRuns: 400 },
  );
  expect([...verdicts]).toEqual([null]);
});

test('reading never throws, and what is read can be written again', () =>
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: anyUnit }), anyText.map((all) => `${all}\n${line}`)), (candidate) => {
      const read = parseNote(candidate);
      if (read) expect(signedNote(read.text, read.signatures)).toBe(candidate);
    }),
  ));

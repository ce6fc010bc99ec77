import { toBase64, utf8 } from '@argus/kit/bytes.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyFromSeed, sha256, verifyEd25519 } from '../vectors/node-crypto.ts';
import { publishedCheckpoint } from '../vectors/published.ts';
import { checkpointBody, openCheckpoint, parseCheckpointBody, type Checkpoint } from './checkpoint.ts';
import { keyId, NOTE_ED25519, parseNote, signedNote } from './note.ts';

const published: Checkpoint = {
  origin: publishedCheckpoint.origin,
  size: publishedCheckpoint.size,
  root: Buffer.from(publishedCheckpoint.root, 'base64'),
};

test('the checkpoint printed in the specification is read, and written the same', () => {
  const text = parseNote(publishedCheckpoint.note)?.text ?? '';
  const read = parseCheckpointBody(text);
  expect(read).toEqual({ ...published, root: Uint8Array.from(published.root) });
  expect(checkpointBody(published)).toBe(text);
});

const root = toBase64(sha256(utf8('')));

test('extension lines are allowed and say nothing', () => {
  const read = parseCheckpointBody(`log\n7\n${root}\nsome day\nperhaps\n`);
  expect(read).toEqual({ origin: 'log', size: 7, root: Uint8Array.from(sha256(utf8(''))) });
});

test.each<[why: string, body: string]>([
  ['nothing', ''],
  ['no newline at the end', `log\n7\n${root}`],
  ['no newline after an extension', `log\n7\n${root}\nsome day`],
  ['a line too few', `7\n${root}\n`],
  ['an empty origin', `\n7\n${root}\n`],
  ['an empty extension line', `log\n7\n${root}\n\n`],
  ['an empty line between extensions', `log\n7\n${root}\na\n\nb\n`],
  ['a leading zero', `log\n07\n${root}\n`],
  ['two zeros', `log\n00\n${root}\n`],
  ['a sign', `log\n+7\n${root}\n`],
  ['a negative size', `log\n-7\n${root}\n`],
  ['a negative zero', `log\n-0\n${root}\n`],
  ['a fraction', `log\n7.0\n${root}\n`],
  ['an exponent', `log\n1e3\n${root}\n`],
  ['hexadecimal', `log\n0x7\n${root}\n`],
  ['digits from elsewhere', `log\n٧\n${root}\n`],
  ['a space before the size', `log\n 7\n${root}\n`],
  ['a size that a number would round', `log\n9007199254740993\n${root}\n`],
  ['a size beyond every number', `log\n${'9'.repeat(400)}\n${root}\n`],
  ['a root of 31 bytes', `log\n7\n${toBase64(new Uint8Array(31))}\n`],
  ['a root of 33 bytes', `log\n7\n${toBase64(new Uint8Array(33))}\n`],
  ['a root in base64 for URLs', `log\n7\n${toBase64(new Uint8Array(32).fill(255)).replaceAll('/', '_')}\n`],
  ['a root with stray bits', `log\n7\n${'A'.repeat(42)}B=\n`],
  ['a root without padding', `log\n7\n${'A'.repeat(43)}\n`],
  ['carriage returns', `log\r\n7\r\n${root}\r\n`],
])('%s is no checkpoint', (_why, body) => expect(parseCheckpointBody(body)).toBeNull());

const whole = { origin: 'log', size: 7, root: sha256(utf8('')) };
test.each<[why: string, change: Partial<Checkpoint>]>([
  ['an empty origin', { origin: '' }],
  // Would otherwise be a checkpoint of the tree "other", with ours as extension lines.
  ['an origin that brings its own lines', { origin: `other\n9\n${root}` }],
  ['a fraction', { size: 7.5 }],
  ['a negative size', { size: -1 }],
  ['a size beyond 2^53', { size: 2 ** 53 }],
  ['a size that prints with an exponent', { size: 1e21 }],
  ['a root of 31 bytes', { root: new Uint8Array(31) }],
])('%s is not written', (_why, change) => expect(() => checkpointBody({ ...whole, ...change })).toThrow(TypeError));

test('what is written is read back', () =>
  fc.assert(
    fc.property(
      fc.record({
        origin: fc.string({ unit: 'grapheme', minLength: 1 }),
        size: fc.maxSafeNat(),
        root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      }),
      (checkpoint) => {
        expect(parseCheckpointBody(checkpointBody(checkpoint))).toEqual(checkpoint);
      },
    ),
  ));

test('reading never throws, and what is read of three lines is those three lines', () => {
  const anyUnit = fc.nat(0xffff).map((unit) => String.fromCharCode(unit));
  const anyLine = fc.oneof(fc.string({ unit: anyUnit }), fc.constantFrom('0', '7', '00', root, `${root} `));
  fc.assert(
    fc.property(fc.array(anyLine), (all) => {
      const body = `${all.join('\n')}\n`;
      const read = parseCheckpointBody(body);
      if (read) expect(body.startsWith(checkpointBody(read))).toBe(true);
    }),
  );
});

const key = keyFromSeed(new Uint8Array(32).fill(1));
const origin = 'argus/inst_a/tenant/UTD_TEST_001';

function sealed(body: string, name: string = origin): string {
  const id = keyId(sha256, name, NOTE_ED25519, key.publicKey);
  return signedNote(body, [{ name, id, signature: key.sign(utf8(body)) }]);
}
const open = (note: string, expected: string = origin): Checkpoint | null =>
  openCheckpoint({ sha256, verify: verifyEd25519, note, origin: expected, publicKey: key.publicKey });

test('a checkpoint opens under its own origin and key', () => {
  const checkpoint = { origin, size: 3, root: Uint8Array.from(sha256(utf8('root'))) };
  expect(open(sealed(checkpointBody(checkpoint)))).toEqual(checkpoint);
});

/** Guarantee: a checkpoint of one tenant's tree is never taken for one of another's, though one key signs both. */
test('a checkpoint of another tree does not open, whoever signed it', () => {
  const otherOrigin = 'argus/inst_a/tenant/UTD_OTHER_001';
  const body = checkpointBody({ ...whole, origin: otherOrigin });
  expect(open(sealed(body, otherOrigin), otherOrigin)).not.toBeNull();
  expect(open(sealed(body, otherOrigin))).toBeNull(); // their note, our expectation
  expect(open(sealed(body))).toBeNull(); // their text under our key name
  expect(open(sealed(body), otherOrigin)).toBeNull(); // our key name, their expectation
});

test('a signed text that is no checkpoint does not open', () => {
  expect(open(sealed(`${origin}\n07\n${root}\n`))).toBeNull();
  expect(open(sealed('hello\n'))).toBeNull();
});

test('a checkpoint under another key does not open', () => {
  const note = sealed(checkpointBody({ ...whole, origin }));
  const publicKey = keyFromSeed(new Uint8Array(32).fill(2)).publicKey;
  expect(openCheckpoint({ sha256, verify: verifyEd25519, note, origin, publicKey })).toBeNull();
  expect(open(note.replace('\n7\n', '\n8\n'))).toBeNull();
});

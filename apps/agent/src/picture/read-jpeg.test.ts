import { concatBytes } from '@argus/kit/bytes.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createJpegReader, readJpeg, SIDE_MAX } from './read-jpeg.ts';
import { writeJpeg } from './write-jpeg.ts';

const MAX = 4_194_304;
const jpeg = writeJpeg({ width: 24, height: 16, rgb: Uint8Array.from({ length: 24 * 16 * 3 }, (_, i) => (i * 37) & 255) });
const bytes = (...all: readonly (number | readonly number[])[]) => Uint8Array.from(all.flat());
const SOI = [0xff, 0xd8];
const frame = (width: number, height: number, marker = 0xc0, precision = 8) => [0xff, marker, 0, 11, precision, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0];
const SCAN = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 3];
const EOI = [0xff, 0xd9];

function inPieces(all: Uint8Array, size: number, leadMax = 0) {
  const reader = createJpegReader({ bytesMax: MAX, leadMax });
  for (let at = 0; at < all.length; at += size) {
    const step = reader.push(all.subarray(at, at + size));
    if (step) return step;
  }
  return null;
}

test('a picture is found whole and with its size, in whatever pieces it comes, and nothing after it', () => {
  const followed = concatBytes(jpeg, new TextEncoder().encode('<script>and more</script>'));
  for (const size of [1, 2, 3, 7, 64, 1_000_000]) {
    const found = inPieces(followed, size);
    expect(found).toMatchObject({ ok: true, value: { width: 24, height: 16 } });
    expect(found?.ok && found.value.bytes).toEqual(jpeg);
  }
});

test('before the picture there may be as much as was said, and not a byte more', () => {
  const lead = (length: number) => concatBytes(new Uint8Array(length).fill(0x41), jpeg);
  expect(inPieces(lead(100), 13, 100)).toMatchObject({ ok: true });
  expect(inPieces(lead(101), 13, 100)).toMatchObject({ ok: false });
  expect(readJpeg(lead(1), MAX)).toMatchObject({ ok: false });
});

/** Guarantee: what no decoder of ours should ever be handed is refused from its head, before anything is decoded. */
test.each<[string, Uint8Array, RegExp]>([
  ['HTML', new TextEncoder().encode('<!doctype html><title>Sign in</title>'), /no JPEG/],
  ['a PNG', bytes([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), /no JPEG/],
  ['a bomb: 65,535 pixels square in a few bytes', bytes(SOI, frame(65_535, 65_535), SCAN, EOI), /65535 x 65535 pixels/],
  ['one side a pixel too long', bytes(SOI, frame(SIDE_MAX + 1, 8), SCAN, EOI), /8193 x 8 pixels/],
  ['both sides long', bytes(SOI, frame(8_192, 8_192), SCAN, EOI), /40 million/],
  ['no width', bytes(SOI, frame(0, 8), SCAN, EOI), /how large/],
  ['no height, to be told later', bytes(SOI, frame(8, 0), SCAN, EOI), /how large/],
  ['two sizes, the second one larger', bytes(SOI, frame(8, 8), frame(8_000, 8), SCAN, EOI), /damaged/],
  ['no size at all', bytes(SOI, SCAN, EOI), /how large/],
  ['an end before any picture', bytes(SOI, frame(8, 8), EOI), /empty/],
  ['a picture in the picture', bytes(SOI, SOI, frame(8, 8), SCAN, EOI), /damaged/],
  ['a segment shorter than its own length', bytes(SOI, [0xff, 0xe0, 0, 1], frame(8, 8), SCAN, EOI), /damaged/],
  ['a lossless picture', bytes(SOI, frame(8, 8, 0xc3), SCAN, EOI), /kind of JPEG/],
  ['an arithmetic one', bytes(SOI, frame(8, 8, 0xc9), SCAN, EOI), /kind of JPEG/],
  ['twelve bits of colour', bytes(SOI, frame(8, 8, 0xc1, 12), SCAN, EOI), /kind of JPEG/],
  ['thousands of layers', bytes(SOI, frame(8, 8, 0xc2), ...Array.from({ length: 2_000 }, () => SCAN), EOI), /layers/],
  ['text between two segments', bytes(SOI, frame(8, 8), [0x41, 0x42, 0x43, 0x44], SCAN, EOI), /damaged/],
])('%s is refused, with a sentence', (_what, hostile, says) => {
  const read = inPieces(hostile, 5) ?? readJpeg(hostile, MAX);
  expect(read).toMatchObject({ ok: false, error: expect.stringMatching(says) });
});

test('a segment that promises more than comes, and a picture without an end, are never whole', () => {
  expect(inPieces(bytes(SOI, [0xff, 0xe0, 0xff, 0xff], frame(8, 8), SCAN, EOI), 5)).toBeNull();
  expect(readJpeg(jpeg.subarray(0, -2), MAX)).toEqual({ ok: false, error: 'The picture ends in the middle' });
});

test('a picture as large as is allowed is taken, and one byte more is refused as soon as it is there', () => {
  const filled = (length: number) => concatBytes(bytes(SOI, frame(8, 8), SCAN), new Uint8Array(length).fill(1), bytes(EOI));
  const spare = MAX - filled(0).length;
  expect(readJpeg(filled(spare), MAX)).toMatchObject({ ok: true });
  expect(inPieces(filled(spare + 1), 65_536)).toMatchObject({ ok: false, error: expect.stringContaining('more than') });
  expect(inPieces(concatBytes(filled(0).subarray(0, -2), new Uint8Array(MAX + 65_536)), 65_536)).toMatchObject({ ok: false });
});

/** Guarantee: no bytes make it throw or say yes to what has no size within the limits. */
test('any bytes at all are answered', () => {
  const parts = fc.array(fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constantFrom(...[SOI, frame(8, 8), SCAN, EOI, [0xff], [0xff, 0xc4, 0, 2]].map((one) => bytes(one)))), { maxLength: 12 });
  fc.assert(
    fc.property(parts, fc.integer({ min: 1, max: 40 }), (all, size) => {
      const found = inPieces(concatBytes(bytes(SOI), ...all), size, 16);
      expect(found === null || !found.ok || (found.value.width <= SIDE_MAX && found.value.height <= SIDE_MAX && found.value.width * found.value.height > 0)).toBe(true);
    }),
    { numRuns: 400, seed: 7 },
  );
});

import { concatBytes, toHex } from '@argus/kit/bytes.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { head, writeCbor, type Writable } from '../../testing/cbor-write.ts';
import { CBOR_DEPTH_MAX, CBOR_ITEMS_MAX, readCbor, readWholeCbor } from './cbor.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

/** From RFC 8949, appendix A: the rows an authenticator may write. */
test.each<[string, unknown]>([
  ['00', 0], ['0a', 10], ['17', 23], ['1818', 24], ['18ff', 255], ['190100', 256], ['1903e8', 1000], ['1a000f4240', 1_000_000], ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1], ['29', -10], ['3863', -100], ['3903e7', -1000], ['f4', false], ['f5', true], ['f6', null],
  ['40', new Uint8Array()], ['4401020304', Uint8Array.of(1, 2, 3, 4)], ['60', ''], ['6161', 'a'], ['62c3bc', 'ü'], ['64f0908591', '𐅑'],
  ['80', []], ['83010203', [1, 2, 3]], ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['a0', new Map()], ['a201020304', new Map([[1, 2], [3, 4]])], ['a26161016162820203', new Map<string, unknown>([['a', 1], ['b', [2, 3]]])],
])('%s is read as the RFC says', (hex, value) => expect(readWholeCbor(bytes(hex))).toEqual({ ok: true, value }));

test.each<[string, string, string]>([
  ['nothing', '', 'cut off'],
  ['a number that is cut off', '1903', 'cut off'],
  ['bytes that are cut off', '44010203', 'cut off'],
  ['a length beyond all memory', '5b001fffffffffffff', 'cut off'],
  ['a list that is cut off', '8201', 'cut off'],
  ['a number in two bytes that fits one', '1817', 'shortest form'],
  ['a number in four bytes that fits two', '1a000003e8', 'shortest form'],
  ['a number in eight bytes that fits four', '1b00000000000f4240', 'shortest form'],
  ['a length in a longer form', '580100', 'shortest form'],
  ['a number that cannot be counted', '1bffffffffffffffff', 'beyond what can be counted'],
  ['a negative number that cannot be counted', '3bffffffffffffffff', 'beyond what can be counted'],
  ['the last number that cannot be counted back', '3b001fffffffffffff', 'beyond what can be counted'],
  ['bytes without a length', '5f42010243030405ff', 'a length that is not said'],
  ['a list without a length', '9fff', 'a length that is not said'],
  ['a map without a length', 'bf61610161629f0203ffff', 'a length that is not said'],
  ['a reserved length', '1c', 'a length that is not said'],
  ['a tag', 'c074323031332d30332d32315432303a30343a30305a', 'a tag'],
  ['a float', 'f93c00', 'a float'],
  ['undefined', 'f7', 'a float or a simple value'],
  ['a simple value in two bytes', 'f8ff', 'a float or a simple value'],
  ['text that is not UTF-8', '62c328', 'not UTF-8'],
  ['a key twice', 'a201020103', 'a key twice'],
  ['a key that is a list', 'a18001', 'neither a number nor text'],
  ['a key that is bytes', 'a1410101', 'neither a number nor text'],
  ['something behind its end', '0000', 'behind its end'],
])('%s is refused', (_what, hex, why) => {
  const read = readWholeCbor(bytes(hex));
  expect(read.ok ? 'read' : read.error).toContain(why);
});

test('nested deeper than authenticators do is refused, before it costs a stack', () => {
  const nested = (depth: number) => concatBytes(...Array.from({ length: depth }, () => Uint8Array.of(0x81)), Uint8Array.of(0));
  expect(readWholeCbor(nested(CBOR_DEPTH_MAX)).ok).toBe(true);
  for (const depth of [CBOR_DEPTH_MAX + 1, 100_000]) expect(readWholeCbor(nested(depth))).toEqual({ ok: false, error: 'is nested too deep' });
});
test('more items than authenticators write are refused, at once', () => {
  const list = (count: number) => concatBytes(head(4, count), new Uint8Array(count));
  expect(readWholeCbor(list(CBOR_ITEMS_MAX - 1)).ok).toBe(true);
  for (const count of [CBOR_ITEMS_MAX, 1_000_000]) expect(readWholeCbor(list(count))).toEqual({ ok: false, error: 'has too many items' });
});

const leaf = fc.oneof(fc.integer(), fc.maxSafeNat(), fc.boolean(), fc.constant(null), fc.string(), fc.uint8Array({ maxLength: 40 }));
const key = fc.oneof(fc.integer(), fc.string({ maxLength: 8 }));
const written: fc.Arbitrary<Writable> = fc.letrec<{ value: Writable }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaf as fc.Arbitrary<Writable>, fc.array(tie('value'), { maxLength: 4 }), fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries))),
})).value;

test('what is written is read as it was, and every shorter piece of it is refused', () =>
  fc.assert(
    fc.property(written, (value) => {
      const text = writeCbor(value);
      expect(readWholeCbor(text)).toEqual({ ok: true, value });
      for (let length = 0; length < text.length; length++) expect(readWholeCbor(text.subarray(0, length)).ok).toBe(false);
    }),
    { numRuns: 200 },
  ));

/** Guarantee: one spelling per value. Whatever bytes come, either they are refused or they are those we would write. */
test('any bytes at all are refused, or read as what is written the same', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (any) => {
      const read = readCbor(any);
      if (read.ok) expect(toHex(writeCbor(read.value.value))).toBe(toHex(any.subarray(0, read.value.end)));
    }),
    { numRuns: 5_000 },
  ));

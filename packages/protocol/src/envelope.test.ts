import fc from 'fast-check';
import { toHex } from '@argus/kit/bytes.ts';
import { expect, test } from 'vitest';
import { encodeEnvelope, envelopeKeyInfo, envelopeMacInput, parseEnvelope } from './envelope.ts';

const mac = `${'A'.repeat(43)}=`;
/** Any UTF-16, half characters included. */
const anyUtf16 = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) });
const anyText = fc.oneof(
  anyUtf16.map((text) => text.toWellFormed()),
  fc.constantFrom('"', '\\', '\n', '\r\n', '\u2028', '\0', '💡', '{"a":"b"}'),
);

test.each([
  [0, '', '0000000000000000'],
  [1, '{}', '00000000000000017b7d'],
  [258, 'é💡\n', '0000000000000102c3a9f09f92a10a'],
  [Number.MAX_SAFE_INTEGER, 'x', '001fffffffffffff78'],
])('under the MAC of frame %i, %j, are these bytes', (seq, frame, hex) =>
  expect(toHex(envelopeMacInput(seq, frame))).toBe(hex),
);

test('each direction has its own key', () =>
  expect([envelopeKeyInfo('up'), envelopeKeyInfo('down')]).toEqual(['argus/envelope/v1/up', 'argus/envelope/v1/down']));

test('any text comes out of its envelope as it went in', () =>
  fc.assert(
    fc.property(anyText, fc.maxSafeNat(), (frame, seq) => {
      const envelope = { seq, mac, frame };
      expect(parseEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
    }),
    { numRuns: 500 },
  ));

test('an envelope is written in one line, in this order', () =>
  expect(encodeEnvelope({ seq: 3, mac, frame: '{"type":"move"}\n' })).toBe(
    `{"seq":3,"mac":"${mac}","frame":"{\\"type\\":\\"move\\"}\\n"}`,
  ));

/** Guarantee: two texts that differ never share their bytes, and with them their MAC. */
test.each(['\ud800', 'a\udc00b'])('a frame with half a surrogate pair is refused', (frame) => {
  expect(envelopeMacInput(0, frame)).toEqual(envelopeMacInput(0, frame.replace(/[\ud800-\udfff]/, '\ufffd')));
  expect(parseEnvelope(encodeEnvelope({ seq: 0, mac, frame }))).toBeNull();
});

test.each([
  '',
  'null',
  '[]',
  `{"seq":-1,"mac":"${mac}","frame":""}`,
  `{"seq":0.5,"mac":"${mac}","frame":""}`,
  `{"seq":9007199254740992,"mac":"${mac}","frame":""}`,
  `{"seq":"0","mac":"${mac}","frame":""}`,
  `{"seq":0,"mac":"${'A'.repeat(42)}B=","frame":""}`,
  '{"seq":0,"mac":"","frame":""}',
  `{"seq":0,"mac":"${mac}","frame":{}}`,
  `{"seq":0,"mac":"${mac}"}`,
  `{"seq":0,"mac":"${mac}","frame":""`,
])('%j is no envelope', (text) => expect(parseEnvelope(text)).toBeNull());

test('no text at all makes reading throw', () =>
  fc.assert(
    fc.property(fc.oneof(anyUtf16, fc.json()), (text) => {
      expect(parseEnvelope(text)).toBeNull();
    }),
    { numRuns: 300 },
  ));

import { toHex } from '@argus/kit/bytes.ts';
import { encodeEnvelope, parseEnvelope } from '@argus/protocol/envelope.ts';
import { Hello, parseAnswer, parseHello, Welcome } from '@argus/protocol/handshake.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { envelopeKeys, helloMac, opener, sameMac, sealer, welcomeMac } from './channel.ts';

const passkey = new Uint8Array(32).fill(7);
const otherPasskey = new Uint8Array(32).fill(8);
const noMac = `${'A'.repeat(43)}=`;
const hello = Hello.parse({
  type: 'h1',
  v: 1,
  agent: 'agent_lobby_01',
  tenant: 'SHOP_BERLIN',
  nonce_a: 'AAECAwQFBgcICQoLDA0ODw',
  timestamp: '2026-11-21T09:00:00.000Z',
  protocol: 1,
  agent_version: '0.1.0',
  log_size: 42,
  log_root: noMac,
  mac: noMac,
});
const welcome = Welcome.parse({
  type: 'h2',
  v: 1,
  connection: 'con_aaaaaaaaaaaaaaaaaaaa',
  nonce_s: 'EBESExQVFhcYGRobHB0eHw',
  heartbeat_s: 30,
  max_frame: 524_288,
  server_time: '2026-11-21T09:00:00.100Z',
  mac: noMac,
});
const h1Text = JSON.stringify({ ...hello, mac: helloMac(passkey, hello) });
const h2Text = JSON.stringify({ ...welcome, mac: welcomeMac(passkey, welcome, hello.nonce_a) });
const keys = envelopeKeys(passkey, h1Text, h2Text);
const hex = ({ up, down }: typeof keys) => ({ up: toHex(up), down: toHex(down) });

test('two sides that hold the passkey read each other and arrive at the same keys', () => {
  // the server, from the text alone
  const h1 = parseHello(h1Text);
  expect(h1.ok && sameMac(h1.value.mac, helloMac(passkey, h1.value))).toBe(true);
  // the agent, from the text alone
  const h2 = parseAnswer(h2Text);
  expect(h2.ok && h2.value.type === 'h2' && sameMac(h2.value.mac, welcomeMac(passkey, h2.value, hello.nonce_a))).toBe(
    true,
  );
  expect(hex(envelopeKeys(Uint8Array.from(passkey), h1Text, h2Text))).toEqual(hex(keys));
  expect(opener(keys.up)(sealer(keys.up)('{"type":"manifest"}'))).toBe('{"type":"manifest"}');
});

test('who holds another passkey makes other MACs and other keys', () => {
  expect(helloMac(otherPasskey, hello)).not.toBe(helloMac(passkey, hello));
  expect(welcomeMac(otherPasskey, welcome, hello.nonce_a)).not.toBe(welcomeMac(passkey, welcome, hello.nonce_a));
  const theirs = hex(envelopeKeys(otherPasskey, h1Text, h2Text));
  expect([theirs.up === hex(keys).up, theirs.down === hex(keys).down]).toEqual([false, false]);
});

test('h2 answers one h1: with another nonce its MAC does not fit', () =>
  expect(sameMac(welcomeMac(passkey, welcome, hello.nonce_a), welcomeMac(passkey, welcome, welcome.nonce_s))).toBe(
    false,
  ));

test.each(['', 'x', noMac.slice(1), `${'A'.repeat(42)}B=`])('%j is the MAC of nothing, itself included', (mac) => {
  expect(sameMac(mac, helloMac(passkey, hello))).toBe(false);
  if (mac !== '') expect(sameMac(mac, mac)).toBe(false);
});

/** Guarantee: whoever changes one byte of the handshake on the way leaves the two sides without a common key. */
test('a changed byte anywhere in h1 or h2, also outside the MAC, leaves no common key', () => {
  const changed = (text: string, at: number) => text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1);
  const seen = new Set<string>(Object.values(hex(keys)));
  const texts = [
    ...Array.from(h1Text, (_, at) => [changed(h1Text, at), h2Text] as const),
    ...Array.from(h2Text, (_, at) => [h1Text, changed(h2Text, at)] as const),
    [`${h1Text} `, h2Text] as const,
    [h1Text + h2Text, ''] as const,
    [h2Text, h1Text] as const,
  ];
  for (const [one, two] of texts) for (const key of Object.values(hex(envelopeKeys(passkey, one, two)))) seen.add(key);
  expect(seen.size).toBe(2 * (texts.length + 1));
});

const frames = ['{"n":0}', '{"n":1}', '{"n":2}'];
const sealed = (key = keys.down) => {
  const seal = sealer(key);
  return frames.map((frame) => seal(frame)) as [string, string, string]; // as many as there are frames
};
const opened = (texts: readonly string[], key = keys.down) => texts.map(opener(key));

test('frames open in the order they were sealed, numbered from 0', () => {
  expect(opened(sealed())).toEqual(frames);
  expect(sealed().map((text) => parseEnvelope(text)?.seq)).toEqual([0, 1, 2]);
});

test('any texts go through', () =>
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
      expect(texts.map(sealer(keys.up)).map(opener(keys.up))).toEqual(texts);
    }),
  ));

const [zero, one, two] = sealed();
const change = (text: string, by: object) => {
  const envelope = parseEnvelope(text);
  if (!envelope) throw new TypeError('not an envelope');
  return encodeEnvelope({ ...envelope, ...by });
};
const macOf = (text: string) => parseEnvelope(text)?.mac ?? '';

/** Guarantee: a proxy in the middle can cut the line, but not inject, reorder, repeat or reflect. */
test.each<[string, string[], number]>([
  ['a frame left out', [zero, two], 1],
  ['the first frame left out', [one], 0],
  ['a frame repeated', [zero, zero], 1],
  ['a later frame repeated', [zero, one, zero], 2],
  ['two frames exchanged', [one, zero], 0],
  ['a frame of the other direction', [sealed(keys.up)[0]], 0],
  ['a frame of another connection', [sealed(envelopeKeys(passkey, h1Text, `${h2Text} `).down)[0]], 0],
  ['a changed frame', [change(zero, { frame: '{"n":9}' })], 0],
  ['a space added to a frame', [change(zero, { frame: '{"n":0} ' })], 0],
  ['a changed number', [change(zero, { seq: 1 })], 0],
  ['a repeated frame with the next number', [zero, change(zero, { seq: 1 })], 1],
  ['a left out frame hidden by renumbering', [zero, change(two, { seq: 1 })], 1],
  ['the MAC of another frame', [change(zero, { mac: macOf(one) })], 0],
  ['a frame without a MAC', [zero.replace(/"mac":"[^"]*",/, '')], 0],
  ['a MAC of zeros', [change(zero, { mac: noMac })], 0],
  ['half a frame', [zero.slice(0, -9)], 0],
  ['a frame without its envelope', ['{"n":0}'], 0],
  ['nothing', [''], 0],
])('%s does not open, and nothing opens after it', (_name, texts, good) => {
  const open = opener(keys.down);
  expect(texts.map(open)).toEqual([...frames.slice(0, good), ...texts.slice(good).map(() => null)]);
  // neither what went before nor what would have been next
  expect([zero, one, two].map(open)).toEqual([null, null, null]);
});

test('no flipped bit of a sealed frame changes what comes out of it', () => {
  for (let at = 0; at < zero.length; at++)
    for (let bit = 0; bit < 7; bit++) {
      const flipped = zero.slice(0, at) + String.fromCharCode(zero.charCodeAt(at) ^ (1 << bit)) + zero.slice(at + 1);
      expect([null, frames[0]]).toContain(opener(keys.down)(flipped));
    }
});

/** Guarantee: what has no UTF-8 of its own cannot be put in place of what was sealed under the same MAC. */
test('half a surrogate pair does not open in the place of U+FFFD', () => {
  const text = sealer(keys.down)('"\ufffd"');
  expect(opener(keys.down)(text)).toBe('"\ufffd"');
  for (const half of ['\ud800', '\udfff']) expect(opener(keys.down)(change(text, { frame: `"${half}"` }))).toBeNull();
});

test('the two directions count on their own', () => {
  const [up, down] = [sealer(keys.up), sealer(keys.down)];
  const [openUp, openDown] = [opener(keys.up), opener(keys.down)];
  expect([openUp(up('a')), openDown(down('b')), openUp(up('c')), openDown(down('d'))]).toEqual(['a', 'b', 'c', 'd']);
});

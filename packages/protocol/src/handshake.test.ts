import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  Hello,
  helloMacInput,
  LEAST_PROTOCOL,
  parseAnswer,
  parseHello,
  Welcome,
  welcomeMacInput,
} from './handshake.ts';

const mac = `${'A'.repeat(43)}=`;
const h1 = Hello.parse({
  type: 'h1',
  v: 1,
  agent: 'agent_lobby_01',
  tenant: 'SHOP_BERLIN',
  nonce_a: 'AAECAwQFBgcICQoLDA0ODw',
  timestamp: '2026-11-21T09:00:00.000Z',
  protocol: 1,
  agent_version: '0.1.0',
  log_size: 42,
  log_root: `${'B'.repeat(42)}A=`,
  mac,
});
const h2 = Welcome.parse({
  type: 'h2',
  v: 1,
  connection: 'con_aaaaaaaaaaaaaaaaaaaa',
  nonce_s: 'EBESExQVFhcYGRobHB0eHw',
  heartbeat_s: 30,
  max_frame: 524_288,
  server_time: '2026-11-21T09:00:00.100Z',
  mac,
});

/** Any UTF-16, half characters included. */
const anyUtf16 = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) });

test('the text under the MAC of h1 is the one in the specification', () =>
  expect(helloMacInput(h1)).toBe(
    `h1|1|agent_lobby_01|SHOP_BERLIN|AAECAwQFBgcICQoLDA0ODw|2026-11-21T09:00:00.000Z|1|0.1.0|42|${'B'.repeat(42)}A=`,
  ));

test('the text under the MAC of h2 is the one in the specification, bound to the nonce it answers', () =>
  expect(welcomeMacInput(h2, h1.nonce_a)).toBe(
    'h2|1|con_aaaaaaaaaaaaaaaaaaaa|EBESExQVFhcYGRobHB0eHw|30|524288|2026-11-21T09:00:00.100Z|AAECAwQFBgcICQoLDA0ODw',
  ));

/** One other value per field; a field that is added to the shape and not here fails below. */
const otherHello: Record<string, string | number> = {
  v: 2,
  agent: 'agent_lobby_02',
  tenant: 'SHOP_BERN',
  nonce_a: 'BAECAwQFBgcICQoLDA0ODw',
  timestamp: '2026-11-21T09:00:00.001Z',
  protocol: 2,
  agent_version: '0.1.1',
  log_size: 43,
  log_root: `${'C'.repeat(42)}A=`,
};
const otherWelcome: Record<string, string | number> = {
  v: 2,
  connection: 'con_baaaaaaaaaaaaaaaaaaa',
  nonce_s: 'FBESExQVFhcYGRobHB0eHw',
  heartbeat_s: 31,
  max_frame: 524_289,
  server_time: '2026-11-21T09:00:00.101Z',
};
const underMac = (shape: object) => Object.keys(shape).filter((name) => name !== 'type' && name !== 'mac');

/** Guarantee: nothing in the handshake can be changed on the way without the passkey. */
test.each(underMac(Hello.shape))('changing %s of h1 alone changes what is under its MAC', (name) => {
  expect(otherHello).toHaveProperty(name);
  expect(helloMacInput({ ...h1, [name]: otherHello[name] })).not.toBe(helloMacInput(h1));
});

test.each(underMac(Welcome.shape))('changing %s of h2 alone changes what is under its MAC', (name) => {
  expect(otherWelcome).toHaveProperty(name);
  expect(welcomeMacInput({ ...h2, [name]: otherWelcome[name] }, h1.nonce_a)).not.toBe(welcomeMacInput(h2, h1.nonce_a));
});

test('h2 for one nonce is not h2 for another', () =>
  expect(welcomeMacInput(h2, h1.nonce_a)).not.toBe(welcomeMacInput(h2, h2.nonce_s)));

test.each(Object.entries(h1).filter(([name, value]) => typeof value === 'string' && name !== 'type'))(
  'a | in %s is refused, so that no field can pass for two',
  (name, value) => {
    const spoilt = `${value}`.replace(/.$/, '|');
    expect(parseHello(JSON.stringify({ ...h1, [name]: spoilt }))).toMatchObject({
      ok: false,
      error: { code: 'bad_frame' },
    });
  },
);

test.each(Object.entries(h2).filter(([name, value]) => typeof value === 'string' && name !== 'type'))(
  'a | in %s of h2 is refused too',
  (name, value) => expect(parseAnswer(JSON.stringify({ ...h2, [name]: `${value}`.replace(/.$/, '|') })).ok).toBe(false),
);

test('what is under the MAC splits back into the fields, whatever version an agent claims', () =>
  fc.assert(
    fc.property(fc.oneof(fc.string(), anyUtf16), fc.maxSafeNat(), (agent_version, log_size) => {
      const read = parseHello(JSON.stringify({ ...h1, agent_version, log_size }));
      if (!read.ok) return;
      const { type: _type, mac: _mac, ...fields } = read.value;
      expect(helloMacInput(read.value).split('|')).toEqual(['h1', ...Object.values(fields).map(String)]);
    }),
  ));

test.each(['\ud800', '\ufffd', '1.0\n', '1\u001b[2J', '', 'x'.repeat(65)])(
  'the agent version %j is refused',
  (agent_version) => expect(parseHello(JSON.stringify({ ...h1, agent_version })).ok).toBe(false),
);

test('h1 and h2 are read back as they were written, without what a later version adds', () => {
  expect(parseHello(JSON.stringify({ ...h1, colour: 'red' }))).toEqual({ ok: true, value: h1 });
  expect(parseAnswer(JSON.stringify({ ...h2, colour: 'red' }))).toEqual({ ok: true, value: h2 });
});

test('a refusal is read with all it says, and with none of it but the code', () => {
  const refusal = {
    type: 'refused',
    code: 'UPDATE_REQUIRED',
    protocol: 0,
    floor: 1,
    retry_after_s: 30,
    server_time: h2.server_time,
  };
  expect(parseAnswer(JSON.stringify(refusal))).toEqual({ ok: true, value: refusal });
  expect(parseAnswer('{"type":"refused","code":"handshake_refused"}').ok).toBe(true);
});

test('a newer agent is let in: the floor is a floor', () =>
  expect(parseHello(JSON.stringify({ ...h1, protocol: 99 })).ok).toBe(true));

/** Guarantee: an agent of any age learns that it has to update, and from which number. */
test.each<[string, Record<string, unknown>]>([
  ['that fits otherwise', { ...h1 }],
  ['of which nothing else fits', { type: 'h1', agent: 7, passphrase: 'x' }],
  ['with a version of the handshake we never knew', { ...h1, v: 0 }],
])('an old h1 %s is told to update, with its own number', (_name, old) => {
  for (const protocol of [LEAST_PROTOCOL - 1, -1])
    expect(parseHello(JSON.stringify({ ...old, protocol }))).toEqual({
      ok: false,
      error: { code: 'UPDATE_REQUIRED', protocol },
    });
});

test.each([
  ['an h2', JSON.stringify({ ...h2, protocol: 0 })],
  ['a protocol that is no whole number', JSON.stringify({ ...h1, protocol: 0.5 })],
  ['a protocol in words', JSON.stringify({ ...h1, protocol: '0' })],
  ['nothing', ''],
  ['null', 'null'],
  ['half of it', JSON.stringify(h1).slice(0, 99)],
  ['a list', JSON.stringify([h1])],
  ['a nonce of 15 bytes', JSON.stringify({ ...h1, nonce_a: 'A'.repeat(20) })],
  ['no mac', JSON.stringify({ ...h1, mac: undefined })],
  ['a mac in another spelling', JSON.stringify({ ...h1, mac: `${'A'.repeat(42)}B=` })],
])('%s is no h1 and is told nothing more', (_name, text) =>
  expect(parseHello(text)).toEqual({ ok: false, error: { code: 'bad_frame', internal: 'h1 does not fit' } }),
);

test('no text at all makes reading throw', () => {
  const spliced = fc.tuple(fc.constantFrom(h1, h2), fc.nat(500), fc.nat(20), anyUtf16);
  const nearly = spliced.map(([frame, at, drop, put]) => {
    const text = JSON.stringify(frame);
    return text.slice(0, at) + put + text.slice(at + drop);
  });
  fc.assert(
    fc.property(fc.oneof(anyUtf16, fc.json(), nearly), (text) => {
      expect(typeof parseHello(text).ok).toBe('boolean');
      expect(typeof parseAnswer(text).ok).toBe('boolean');
    }),
    { numRuns: 1_000 },
  );
  for (const text of ['['.repeat(100_000), `{"type":"h1","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`]) {
    expect(parseHello(text).ok).toBe(false);
    expect(parseAnswer(text).ok).toBe(false);
  }
});

import { expect, test } from 'vitest';
import { TrustFile } from './trust.ts';

const key = `${'A'.repeat(43)}=`;
const trust = {
  v: 1,
  server_url: 'wss://argus.example.org/agent',
  instance: 'ins_aaaaaaaaaaaaaaaaaaaa',
  tenant: 'SHOP_BERLIN',
  agent: 'agent_lobby_01',
  log_keys: [key],
  agent_public_key: key,
  patch: { keys: [{ key_id: 'release-2026', public_key: key }], threshold: 1 },
  cameras: [{ id: 'cam_1', name: 'Door', kind: 'test_pattern' }],
  install_root: '/opt/argus',
  indicator: { required: true },
};
const fits = (change: object) => TrustFile.safeParse({ ...trust, ...change }).success;

test('a trust file of a fresh machine fits, and so does one that has seen a log', () => {
  expect(TrustFile.parse(trust)).toEqual(trust);
  const seen = { consent_key: key, last_checkpoint: 'a note\n', highest_consent_serial: 0, highest_acted_leaf: 7 };
  expect(TrustFile.parse({ ...trust, ...seen })).toEqual({ ...trust, ...seen });
});

/** Guarantee: no setting hides from the owner that somebody is connected. */
test.each([undefined, {}, { required: false }, { required: 'true' }, { required: null }, false])(
  'the indicator policy %j is refused: there is no other than required',
  (indicator) => expect(fits({ indicator })).toBe(false),
);

test.each(['rtsp', 'shell', '', null, undefined])('a camera of kind %j is refused', (kind) =>
  expect(fits({ cameras: [{ id: 'cam_1', name: 'Door', kind }] })).toBe(false),
);

test.each(Object.keys(trust))('a trust file without %s is refused', (name) =>
  expect(fits({ [name]: undefined })).toBe(false),
);

test.each<[string, object]>([
  ['another version', { v: 2 }],
  ['no log key at all', { log_keys: [] }],
  ['more log keys than a rotation needs', { log_keys: Array.from({ length: 9 }, () => key) }],
  ['a key in another spelling', { log_keys: [`${'A'.repeat(42)}B=`] }],
  ['a key of 31 bytes', { agent_public_key: `${'A'.repeat(42)}==` }],
  ['a patch nobody needs to sign', { patch: { keys: [], threshold: 0 } }],
  ['half a signature', { patch: { keys: [], threshold: 0.5 } }],
  ['a server that is no address', { server_url: 'argus' }],
  ['a serial below zero', { highest_consent_serial: -1 }],
  ['a camera id with a path in it', { cameras: [{ id: '../x', name: 'Door', kind: 'test_pattern' }] }],
])('%s is refused', (_name, change) => expect(fits(change)).toBe(false));

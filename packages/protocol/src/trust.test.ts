import { expect, test } from 'vitest';
import { CameraConfig, TrustFile, withoutCredentials } from './trust.ts';

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

/** Guarantee: a camera is at one of three kinds of address, and no other protocol is ever opened for it. */
const at = (kind: string, url: unknown, more: object = {}) => fits({ cameras: [{ id: 'cam_1', name: 'Door', kind, url, ...more }] });
test.each([
  ['http_jpeg', 'http://192.0.2.7/snap.jpg'],
  ['http_jpeg', 'https://root:p%40ss@camera.example:8443/snap?channel=1'],
  ['http_mjpeg', 'http://[2001:db8::7]/video'],
  ['rtsp', 'rtsp://root:secret@192.0.2.7:554/live'],
])('%s at %s is a camera', (kind, url) => expect(at(kind, url)).toBe(true));
test.each([
  ['http_jpeg', 'rtsp://192.0.2.7/live'],
  ['http_jpeg', 'file:///etc/passwd'],
  ['http_mjpeg', 'data:image/jpeg;base64,AAAA'],
  ['http_mjpeg', '//192.0.2.7/'],
  ['http_jpeg', 'http://'],
  ['http_jpeg', `http://192.0.2.7/${'a'.repeat(2_048)}`],
  ['rtsp', 'http://192.0.2.7/'],
  ['rtsp', 'rtsps://192.0.2.7/'],
  ['rtsp', 'rtsp:///live'],
  ['rtsp', '-i /etc/passwd'],
  ['rtsp', 'concat:/etc/passwd'],
  ['rtsp', ''],
  ['rtsp', null],
  ['rtsp', undefined],
])('%s at %s is none', (kind, url) => expect(at(kind, url)).toBe(false));
test('a field nobody knows, and two cameras of one id, are refused', () => {
  expect([at('test_pattern', 'http://192.0.2.7/'), at('rtsp', 'rtsp://192.0.2.7/', { ffmpeg: '/tmp/x' })]).toEqual([false, false]);
  expect(fits({ cameras: [trust.cameras[0], trust.cameras[0]] })).toBe(false);
});

test('for the export an address loses everything that may let somebody in', () => {
  const exported = ['http_jpeg', 'http_mjpeg', 'rtsp'].map((kind) => withoutCredentials(CameraConfig.parse({ id: 'cam_1', name: 'Door', kind, url: `${kind === 'rtsp' ? 'rtsp' : 'http'}://root:hunter2@192.0.2.7:81/hunter2?pw=hunter2#hunter2` })));
  expect(JSON.stringify(exported)).not.toMatch(/hunter2|root/);
  expect(exported.every((one) => CameraConfig.safeParse(one).success && JSON.stringify(one).includes('192.0.2.7:81'))).toBe(true);
});

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

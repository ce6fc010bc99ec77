import { expect, test } from 'vitest';
import { Manifest, MANIFEST_BYTES_MAX } from './manifest.ts';

const manifest = {
  agent_version: '0.1.0',
  protocol: 1,
  platform: 'linux arm64',
  commands: ['ping', 'agent_info'],
  cameras: [{ id: 'cam_1', name: 'Door' }],
  limits: { result_bytes: 65_536 },
  consent_key_fingerprint: null,
  taken_at: '2026-11-21T09:00:00.000Z',
};
const cameras = (count: number, name: string) => Array.from({ length: count }, (_, i) => ({ id: `cam_${i}`, name }));

test('a manifest fits', () => expect(Manifest.parse(manifest)).toEqual(manifest));

test('hostile text in it is made harmless, not refused: refusing would let an agent hide', () => {
  const hostile = { ...manifest, platform: 'li\u001b[2Jnux', cameras: [{ id: 'cam_1', name: '\u202eDoor' }] };
  expect(Manifest.parse(hostile)).toMatchObject({ platform: 'li [2Jnux', cameras: [{ name: ' Door' }] });
});

test('the cap counts the bytes of the whole', () => {
  const fits = Manifest.parse({ ...manifest, cameras: cameras(100, '€'.repeat(40)) });
  expect(Buffer.byteLength(JSON.stringify(fits))).toBeLessThanOrEqual(MANIFEST_BYTES_MAX);
  expect(Manifest.safeParse({ ...manifest, cameras: cameras(100, '€'.repeat(50)) }).success).toBe(false);
});

test.each<[string, object]>([
  ['more cameras than a site has', { cameras: cameras(257, '') }],
  ['more commands than there can be', { commands: Array.from({ length: 65 }, () => 'x') }],
  ['65 limits', { limits: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`l${i}`, 1])) }],
  ['a text beyond four times its cap', { platform: 'x'.repeat(513) }],
  ['a limit in words', { limits: { a: 'b' } }],
  ['a camera id that is none', { cameras: [{ id: '../x', name: '' }] }],
  ['no time', { taken_at: undefined }],
])('%s is refused', (_name, change) => expect(Manifest.safeParse({ ...manifest, ...change }).success).toBe(false));

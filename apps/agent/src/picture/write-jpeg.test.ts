import { expect, test } from 'vitest';
import { decoded } from '../../testing/cameras/decoded.ts';
import { readJpeg } from './read-jpeg.ts';
import { PATTERN, testPattern } from './test-pattern.ts';
import { writeJpeg, type Picture } from './write-jpeg.ts';

const AT = Date.UTC(2026, 2, 1, 12, 34, 56);
const far = (a: Uint8Array, b: Uint8Array): number => a.reduce((sum, one, i) => sum + Math.abs(one - (b[i] ?? 0)), 0) / a.length;

const noise = (width: number, height: number): Picture => {
  let seed = 1;
  return { width, height, rgb: Uint8Array.from({ length: width * height * 3 }, () => (seed = (seed * 48_271) % 2_147_483_647) & 255) };
};
const slope = (width: number, height: number): Picture => ({ width, height, rgb: Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.floor((((i / 3) | 0) % width) * (255 / width))) });

/** Guarantee: what we write is a picture for everybody, not only for our own reader. */
test.each<[string, Picture, number]>([
  ['one pixel', slope(1, 1), 6],
  ['sides that are no multiple of eight', slope(67, 13), 6],
  ['a soft slope', slope(320, 64), 6],
  ['noise, with the largest differences there are', noise(64, 64), 24], // colours of noise are not kept exactly by anybody
])('%s comes out of a foreign decoder nearly as it went in', (_what, picture, most) => {
  const jpeg = writeJpeg(picture);
  const pixels = decoded(jpeg);
  expect(pixels.length).toBe(picture.rgb.length);
  expect(far(picture.rgb, pixels)).toBeLessThan(most);
  expect(readJpeg(jpeg, 4_194_304)).toMatchObject({ ok: true, value: { width: picture.width, height: picture.height } });
});

test('the test pattern is a picture, and another one a moment later', () => {
  const [now, later] = [AT, AT + 40].map((at) => testPattern({ name: 'Entrance', at, banner: null }));
  const [one, other] = [now, later].map((picture) => writeJpeg(picture ?? noise(8, 8)));
  expect(far(now?.rgb ?? new Uint8Array(), decoded(one ?? new Uint8Array()))).toBeLessThan(5);
  expect(one).not.toEqual(other);
  expect(readJpeg(one ?? new Uint8Array(), 65_536)).toMatchObject({ ok: true, value: { ...PATTERN } });
});

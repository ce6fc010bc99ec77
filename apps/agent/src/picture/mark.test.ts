import { expect, test } from 'vitest';
import { isLit } from './font.ts';
import { bannerFor, type Banner } from './mark.ts';

const AT = Date.UTC(2026, 2, 1, 12, 34, 56);
const mark = { operator: 'ana@argus.example', session: 'rss_abcdefghijkmnpqrstuv' };

/** The dots of a banner, read back as the table of letters would draw them: one text, one picture. */
const shown = (banner: Banner | null): string =>
  banner ? Array.from({ length: banner.height }, (_, y) => Array.from(banner.grey.subarray(y * banner.width, (y + 1) * banner.width), (dot) => (dot > 0 ? '#' : '.')).join('')).join('\n') : '';

test('the mark is as wide as the frame, never more than half of it, and names time, session and operator', () => {
  for (const [width, height] of [[640, 360], [320, 240], [96, 160], [8_192, 4_096], [1_920, 1_080], [64, 480]] as const) {
    const banner = bannerFor({ width, height }, mark, AT);
    expect([width, banner?.width, banner?.grey.length]).toEqual([width, width, width * (banner?.height ?? 0)]);
    expect(banner?.height ?? height).toBeLessThanOrEqual(height / 2);
  }
  const frame = { width: 640, height: 360 };
  const drawn = shown(bannerFor(frame, mark, AT));
  for (const other of [bannerFor(frame, { ...mark, operator: 'eve@argus.example' }, AT), bannerFor(frame, { ...mark, session: 'rss_bbbbbbbbbbbbbbbbbbbb' }, AT), bannerFor(frame, mark, AT + 1_000)])
    expect(shown(other)).not.toBe(drawn);
});

test.each([[8, 8], [640, 20], [40, 4_000]])('a frame of %i x %i has no room for it', (width, height) => expect(bannerFor({ width, height }, mark, AT)).toBeNull());

/** Guarantee: a name cannot push the time and the session out of the frame, or grow over it. */
test('a name as long as it may be leaves time and session where they are', () => {
  const frame = { width: 320, height: 240 };
  const [short, long] = [bannerFor(frame, mark, AT), bannerFor(frame, { ...mark, operator: `${'a'.repeat(60)}\n%{pts}' , drawtext ☃`.repeat(80) }, AT)];
  const head = (banner: Banner | null) => shown(banner).split('\n').slice(0, 10);
  expect(head(long)).toEqual(head(short));
  expect(long?.height).toBeLessThanOrEqual(120);
});

test('what is no letter is a full box, and nothing else', () => {
  const dots = (letter: string) => Array.from({ length: 35 }, (_, i) => isLit(letter, i % 5, Math.floor(i / 5)));
  for (const odd of ['\n', '\u0000', '☃', '{', 'é', '__proto__', 'constructor']) expect(dots(odd).every(Boolean)).toBe(true);
  expect(dots('a')).toEqual(dots('A'));
  const drawn = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;-_+=@/\\()\'"!?#%&*'].map((letter) => dots(letter).join());
  expect(new Set(drawn).size).toBe(drawn.length);
});

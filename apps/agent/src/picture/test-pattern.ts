/** A picture for machines without a camera: bars, the name of the camera, and a clock that makes each frame another one. */
import { isoTime } from '@argus/kit/clock.ts';
import { drawText, type Banner } from './mark.ts';
import type { Picture } from './write-jpeg.ts';

export const PATTERN = { width: 640, height: 360 } as const;
const BARS: readonly (readonly number[])[] = [
  [235, 235, 235], [220, 210, 40], [40, 200, 210], [50, 190, 60], [190, 60, 190], [200, 50, 50], [50, 60, 200], [25, 25, 25],
];
const SHOWN_LETTERS = 24;

export function testPattern({ name, at, banner }: { readonly name: string; readonly at: number; readonly banner: Banner | null }): Picture {
  const { width, height } = PATTERN;
  const rgb = new Uint8Array(width * height * 3);
  const paint = (x: number, y: number, colour: readonly number[]) => x >= 0 && x < width && y >= 0 && y < height && rgb.set(colour, (y * width + x) * 3);
  const box = ({ left, top, right, bottom }: { left: number; top: number; right: number; bottom: number }, colour: readonly number[]) => {
    const row = new Uint8Array((Math.min(right, width) - left) * 3).map((_, i) => colour[i % 3] ?? 0);
    for (let y = top; y < bottom; y++) rgb.set(row, (y * width + left) * 3); // every box of ours begins inside
  };
  const barWidth = width / BARS.length;
  BARS.forEach((colour, i) => box({ left: i * barWidth, top: 0, right: (i + 1) * barWidth, bottom: height }, colour));
  box({ left: 96, top: 144, right: 544, bottom: 272 }, [16, 16, 16]);
  const white = (x: number, y: number) => paint(x, y, [255, 255, 255]);
  drawText(isoTime(at).slice(11, 19), { left: 128, top: 160, scale: 8, dot: white });
  drawText([...name].slice(0, SHOWN_LETTERS).join(''), { left: 128, top: 240, scale: 2, dot: white });
  // Once across in ten seconds.
  const step = Math.floor((at % 10_000) / 20);
  box({ left: step, top: 304, right: step + 48, bottom: 336 }, [255, 255, 255]);
  banner?.grey.forEach((light, i) => paint(i % banner.width, Math.floor(i / banner.width), [light, light, light]));
  return { width, height, rgb };
}

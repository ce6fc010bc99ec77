/** What stands in every frame it can be put into: when it was taken, in which session, and for whom. White on black. */
import { isoTime } from '@argus/kit/clock.ts';
import type { FrameMark } from '../ports.ts';
import { GLYPH_HEIGHT, GLYPH_WIDTH, isLit } from './font.ts';

export type Banner = { readonly width: number; readonly height: number; readonly grey: Uint8Array };

const CELL_WIDTH = GLYPH_WIDTH + 1;
const CELL_HEIGHT = GLYPH_HEIGHT + 3;
const COLUMNS_MIN = 10;
/** A name as long as an address may be is shown in part: the log has all of it. */
const LINES_MAX = 8;

/** A strip as wide as the frame; null when the frame is too small to carry it and still show anything. */
export function bannerFor(frame: { readonly width: number; readonly height: number }, mark: FrameMark, at: number): Banner | null {
  for (let scale = Math.max(1, Math.round(frame.width / 320)); scale >= 1; scale--) {
    const columns = Math.floor((frame.width - 2 * scale) / (CELL_WIDTH * scale));
    if (columns < COLUMNS_MIN) continue;
    const lines = linesOf(mark, at, columns);
    const height = (lines.length * CELL_HEIGHT + 1) * scale;
    if (height * 2 <= frame.height) return drawn(lines, { width: frame.width, height, scale });
  }
  return null;
}

/** Broken where the strip ends. Who writes the name cannot push the time and the session out of it: they come first. */
function linesOf({ operator, session }: FrameMark, at: number, columns: number): readonly string[] {
  const time = isoTime(at).replace('T', ' ').replace(/\.\d+Z$/, 'Z');
  const whole = `${time} ${session}`;
  const head = whole.length <= columns ? [whole] : [time, session];
  const lines = [...head, operator].flatMap((text) => pieces([...text], columns));
  return lines.slice(0, LINES_MAX);
}

const pieces = (letters: readonly string[], columns: number): readonly string[] =>
  Array.from({ length: Math.ceil(letters.length / columns) }, (_, i) => letters.slice(i * columns, (i + 1) * columns).join(''));

function drawn(lines: readonly string[], { width, height, scale }: { width: number; height: number; scale: number }): Banner {
  const grey = new Uint8Array(width * height);
  const dot = (x: number, y: number) => grey.set([255], y * width + x);
  lines.forEach((line, i) => drawText(line, { left: scale, top: (i * CELL_HEIGHT + 2) * scale, scale, dot }));
  return { width, height, grey };
}

export type Pen = { readonly left: number; readonly top: number; readonly scale: number; readonly dot: (x: number, y: number) => void };
export function drawText(text: string, { left, top, scale, dot }: Pen): void {
  [...text].forEach((letter, i) => {
    for (let y = 0; y < GLYPH_HEIGHT * scale; y++)
      for (let x = 0; x < GLYPH_WIDTH * scale; x++)
        if (isLit(letter, Math.floor(x / scale), Math.floor(y / scale))) dot(left + i * CELL_WIDTH * scale + x, top + y);
  });
}

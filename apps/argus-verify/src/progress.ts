/** A bar for whoever waits at a terminal, and nothing for a file or a program. */
import type { Clock } from '@argus/kit/clock.ts';

const EVERY_MS = 100;
const LOOK_EVERY = 256; // entries; asking the clock for each would be felt
const SHOWN_FROM = 5_000;
const WIDTH = 30;

export function progressBar({ elapsed }: Pick<Clock, 'elapsed'>, out: { readonly isTTY?: boolean; write(text: string): unknown }) {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  return {
    at(seen: number, of: number): void {
      if (out.isTTY !== true || of < SHOWN_FROM || seen % LOOK_EVERY !== 0 || elapsed() - drawnAt < EVERY_MS) return;
      drawnAt = elapsed();
      isDrawn = true;
      const part = Math.min(1, seen / of);
      const full = Math.round(part * WIDTH);
      out.write(`\r[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${String(Math.floor(part * 100)).padStart(3)} %  ${seen} of ${of} entries`);
    },
    end: (): void => void (isDrawn && out.write('\r\x1b[K')),
  };
}

import { stop } from './stop.ts';

/** The second of signing: always higher than before, whichever key signs, with nothing to remember. */
export const serialNow = (now: number): number => Math.floor(now / 1_000);

export const serialOf = (text: string): number => (/^[1-9]\d{0,14}$/.test(text) ? Number(text) : stop('--serial is a whole number above 0, higher than of every receipt before.'));

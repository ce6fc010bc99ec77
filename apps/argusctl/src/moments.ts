import { isoTime, type Clock } from '@argus/kit/clock.ts';
import type { Moment } from './values.ts';

export const momentText = (moment: Moment, clock: Clock): string => ('at' in moment ? moment.at : isoTime(clock.now() - moment.agoMs));

/** For people who wait: 29:58, 1:02:03. Never below zero. */
export function countdown(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1_000));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m] = [Math.floor(s / 3_600), Math.floor((s % 3_600) / 60)];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

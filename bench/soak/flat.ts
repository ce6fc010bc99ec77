/**
 * Is memory flat? The first third of the samples is warm-up. Through the rest goes the straight line that fits best; over
 * that stretch it may rise by a tenth, or by 16 MiB if that is more: so much a collector of garbage moves by itself.
 */
export type Sample = { readonly atMs: number; readonly bytes: number };
export const MAY_RISE_BY_SHARE = 0.1;
export const MAY_RISE_BY_BYTES = 16 * 1_048_576;

export function slopeOf(samples: readonly Sample[]): number {
  const n = samples.length;
  const meanAt = samples.reduce((sum, s) => sum + s.atMs, 0) / n;
  const meanBytes = samples.reduce((sum, s) => sum + s.bytes, 0) / n;
  const spread = samples.reduce((sum, s) => sum + (s.atMs - meanAt) ** 2, 0);
  return spread === 0 ? 0 : samples.reduce((sum, s) => sum + (s.atMs - meanAt) * (s.bytes - meanBytes), 0) / spread;
}

export type Verdict = { readonly isFlat: boolean; readonly riseBytes: number; readonly mayRiseBytes: number; readonly bytesPerMinute: number };

export function verdictOn(samples: readonly Sample[]): Verdict {
  const settled = samples.slice(Math.floor(samples.length / 3));
  const [first, last] = [settled[0], settled.at(-1)];
  const slope = slopeOf(settled);
  const riseBytes = slope * ((last?.atMs ?? 0) - (first?.atMs ?? 0));
  const mayRiseBytes = Math.max(MAY_RISE_BY_BYTES, MAY_RISE_BY_SHARE * (first?.bytes ?? 0));
  return { isFlat: settled.length >= 3 && riseBytes <= mayRiseBytes, riseBytes, mayRiseBytes, bytesPerMinute: slope * 60_000 };
}

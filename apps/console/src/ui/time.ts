/** Times as people say them. The exact one is always a pointer or a focus away. */
const STEPS: readonly (readonly [number, string])[] = [
  [60, 's'],
  [60, 'min'],
  [24, 'h'],
  [365, 'd'],
];

/** "3 min ago", "in 12 s"; "now" within two seconds, whichever way the two clocks differ. */
export function ago(at: number, now: number): string {
  const span = Math.abs(now - at) / 1_000;
  if (span < 2) return 'now';
  const words = spanWords(span);
  return at <= now ? `${words} ago` : `in ${words}`;
}

export function spanWords(seconds: number): string {
  let amount = Math.max(0, seconds);
  for (const [size, unit] of STEPS) {
    if (amount < size) return `${Math.floor(amount)} ${unit}`;
    amount /= size;
  }
  return `${Math.floor(amount)} y`;
}

/** 29:59, and 1:02:03 above the hour. */
export function clockWords(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

const EXACT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const OF_DAY = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
export const ofDay = (at: number): string => OF_DAY.format(at);
export const exactly = (at: number): string => EXACT.format(at);

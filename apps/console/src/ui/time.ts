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
  return at <= now ? `${spanWords(span)} ago` : `in ${spanWords(span, Math.round)}`;
}

/** What is to come is counted as people do: 30 days are not 29 a second later. Minutes and seconds are over when they are over. */
export function spanWords(seconds: number, longOnes: (amount: number) => number = Math.floor): string {
  let amount = Math.max(0, seconds);
  for (const [size, unit] of STEPS) {
    if (amount < size) return `${unit === 'h' || unit === 'd' ? longOnes(amount) : Math.floor(amount)} ${unit}`;
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

const EXACT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' }); // with its zone
const OF_DAY = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
export const ofDay = (at: number): string => OF_DAY.format(at);
export const exactly = (at: number): string => EXACT.format(at);
/** Times in a sentence of the server, by the clock of whoever reads it. */
export const inLocalTime = (text: string): string => text.replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\b/g, (time) => (Number.isNaN(Date.parse(time)) ? time : exactly(Date.parse(time))));

const HOURS_SAID = 72;
/** How long something is good for: 72 hours, 30 days. */
export function leftWords(until: number, now: number): string {
  const hours = Math.max(0, until - now) / 3_600_000;
  if (hours < 1) return spanWords(hours * 3_600);
  const [amount, unit] = Math.round(hours) <= HOURS_SAID ? [Math.round(hours), 'hour'] : [Math.round(hours / 24), 'day'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}

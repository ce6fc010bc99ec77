/** What a log says, line by line, and how one look at its end goes on from the look before. Pure. */
export type Level = 'error' | 'warn' | 'info' | 'debug' | 'other';
export const LEVELS: readonly (readonly [Level, string])[] = [
  ['error', 'Errors'],
  ['warn', 'Warnings'],
  ['info', 'Info'],
  ['debug', 'Debug'],
  ['other', 'Others'],
];

const WORD = /\b(?:(?<error>error|err|fatal|critical|severe|panic|emerg|alert)|(?<warn>warn|warning)|(?<info>info|notice)|(?<debug>debug|trace|verbose))\b/i;
/** A level stands in front of what is said; the first word for one counts. */
const LOOKED_AT = 120;
export function levelOf(line: string): Level {
  const named = WORD.exec(line.slice(0, LOOKED_AT))?.groups ?? {};
  return (['error', 'warn', 'info', 'debug'] as const).find((level) => named[level] !== undefined) ?? 'other';
}

export function linesOf(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** Of what was seen of a log, the newest lines are kept. */
export const KEPT_LINES_MAX = 20_000;
export type Seen = { readonly lines: readonly string[]; readonly missed: boolean };

/** The end of a log, some time after: what both looks have in common is there once. `missed`: they have nothing in common. */
export function goOn(kept: readonly string[], fresh: readonly string[]): Seen {
  if (kept.length === 0 || fresh.length === 0) return { lines: fresh.length === 0 ? kept : fresh, missed: false };
  for (let from = Math.max(0, kept.length - fresh.length); from < kept.length; from++) {
    if (isBeginning(kept, from, fresh)) return { lines: [...kept.slice(0, from), ...fresh].slice(-KEPT_LINES_MAX), missed: false };
  }
  return { lines: fresh, missed: true };
}
const isBeginning = (kept: readonly string[], from: number, fresh: readonly string[]): boolean => {
  for (let i = from; i < kept.length; i++) if (kept[i] !== fresh[i - from]) return false;
  return true;
};

/** Places of the lines that have it. */
export function placesOf(lines: readonly string[], find: string): readonly number[] {
  const sought = find.toLowerCase();
  return sought === '' ? [] : lines.flatMap((line, i) => (line.toLowerCase().includes(sought) ? [i] : []));
}

export type Paint = {
  readonly head: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
};

const sgr = (code: number) => (text: string) => `\u001B[${code}m${text}\u001B[0m`;
const asIs = (text: string) => text;
const PLAIN: Paint = { head: asIs, faint: asIs, good: asIs, warn: asIs, bad: asIs };
const COLOURS: Paint = { head: sgr(1), faint: sgr(2), good: sgr(32), warn: sgr(33), bad: sgr(31) };

/** Colours only for a terminal that shows them, and never against somebody's wish (no-color.org). */
export const paintFor = (isTty: boolean, env: Readonly<Record<string, string | undefined>>): Paint =>
  isTty && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb' ? COLOURS : PLAIN;

import { systemClock } from '@argus/kit/clock.ts';
import { chainSentences, renderActivity } from '../activity-text.ts';
import { readActivity } from '../adapters/state/activity-journal.ts';
import { readFollowed } from '../adapters/state/witness-journal.ts';
import { asTyped } from './as-typed.ts';
import { given, type CliCommand } from './command.ts';
import { mustTrust, stop } from './stop.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `2d`, `3h`, `30m` ago, or a time as ISO 8601 has it. */
export function sinceOf(text: string, now: number): number | null {
  const ago = /^(\d{1,6})([mhd])$/.exec(text);
  const at = ago ? now - Number(ago[1]) * (UNITS[ago[2] ?? ''] ?? 0) : /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

/** For the owner: what was done here, from this machine's own record. Ends with 1 when the record was changed. */
export const activityCommand: CliCommand = {
  words: 'activity',
  isForRootToo: true,
  usage: '[--since 2d] [--json]',
  summary: 'who did what here, why, when, and what came of it; and does the record hold?',
  options: { since: { type: 'string' }, json: { type: 'boolean' } },
  run(state, flags) {
    mustTrust(state);
    const asked = given(flags, 'since');
    const since = asked === undefined ? 0 : (sinceOf(asked, systemClock.now()) ?? stop('--since takes 30m, 12h, 2d, or a time such as 2026-03-01T12:00Z.'));
    const acted = readFollowed(state.file('witness.journal'))?.highestActed ?? -1;
    const read = readActivity(state.file('activity.log')) ?? { lines: [], breaks: [] };
    const known = read.lines.reduce((most, { entry = -1 }) => Math.max(most, entry), -1);
    const missing = acted > known ? acted : null;
    const lines = read.lines.filter(({ at }) => Date.parse(at) >= since);
    const sentences = chainSentences(read, missing);
    const isBroken = read.breaks.length > 0 || missing !== null;
    if (flags['json'] === true) process.stdout.write(`${JSON.stringify({ lines, chain: { holds: !isBroken, breaks: read.breaks, missing_entry: missing } }, null, 2)}\n`);
    else process.stdout.write(`${lines.length === 0 ? 'Nothing was done here.\n' : renderActivity(lines)}${asTyped(sentences.join('\n'), flags)}\n`);
    if (isBroken) process.exitCode = 1;
  },
};

import { existsSync, readFileSync } from 'node:fs';
import { parseJson } from '@argus/protocol/handshake.ts';
import { cleanText } from '@argus/protocol/text.ts';
import type { StateDir } from '../adapters/state/state-dir.ts';
import { LineStateShape } from '../line-state.ts';
import { systemClock } from '@argus/kit/clock.ts';
import { isRunning } from '../adapters/process/this-process.ts';
import { switchFile } from '../adapters/state/kill-switch.ts';
import { readFollowed } from '../adapters/state/witness-journal.ts';
import { contradictionText } from '../log-text.ts';
import { staleness } from '../status-stale.ts';
import type { CliCommand } from './command.ts';
import { mustTrust } from './stop.ts';
import { SWITCH_FILE } from './switch.ts';

export const statusCommand: CliCommand = {
  words: 'status',
  isForRootToo: true,
  summary: 'is a session live on this machine?',
  run(state) {
    const trust = mustTrust(state);
    const status = existsSync(state.file('status.json')) ? readFileSync(state.file('status.json'), 'utf8') : 'It has not run yet.\n';
    const stale = staleness(parseJson(status), { now: systemClock.now(), isRunning });
    process.stdout.write(`${trust.agent} of ${trust.tenant}, server ${trust.server_url}\n${status}${stale === null ? '' : `${stale}\n`}${lineOf(state)}${contradictionIn(state)}`);
    if (switchFile(state.file(SWITCH_FILE), systemClock).isOff()) process.stdout.write('Remote support is switched off on this machine. To allow it again: argus-agent remote-support-on\n');
  },
};

/** How the line does, in plain words; nothing where the daemon has not said anything yet. */
function lineOf(state: StateDir): string {
  const file = state.file('line.json');
  const parsed = LineStateShape.safeParse(existsSync(file) ? parseJson(readFileSync(file, 'utf8')) : null);
  if (!parsed.success) return '';
  const { line, why, means, since } = parsed.data;
  return line === 'connected' ? `The line is up since ${since}.\n` : `The line is down since ${since}: ${cleanText(why ?? '', 200)}.\n${means ?? ''}\n`;
}

/** What stands in the way of everything: two histories under one key, or a log that lost its end. Nothing when nothing does. */
function contradictionIn(state: StateDir): string {
  try {
    const followed = readFollowed(state.file('witness.journal'));
    return followed === null ? '' : contradictionText(followed);
  } catch (problem) {
    return `${problem instanceof Error ? problem.message : String(problem)}\n`;
  }
}

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
import { askDaemon } from '../adapters/local/ask.ts';
import { SYSTEM_RUN_DIR } from '../service/definition.ts';
import { detailsOf, parseShown, titleOf } from '../tray-text.ts';
import { asTyped } from './as-typed.ts';
import { given, type CliCommand, type Flags } from './command.ts';
import { stop } from './stop.ts';
import { runDirsOf, SWITCH_FILE } from './switch.ts';

export const statusCommand: CliCommand = {
  words: 'status',
  usage: '[--run-dir DIR]',
  summary: 'is a session live on this machine? (--run-dir DIR: of another user\'s daemon, for its group)',
  options: { 'run-dir': { type: 'string' } },
  isForRootToo: true,
  async run(state, flags) {
    const trust = given(flags, 'run-dir') === undefined ? state.trust() : null;
    if (trust === null) return void process.stdout.write(await asked(state, flags));
    const status = existsSync(state.file('status.json')) ? readFileSync(state.file('status.json'), 'utf8') : 'It has not run yet.\n';
    const stale = staleness(parseJson(status), { now: systemClock.now(), isRunning });
    process.stdout.write(`${trust.agent} of ${trust.tenant}, server ${trust.server_url}\n${status}${stale === null ? '' : `${stale}\n`}${asTyped(`${lineOf(state, parseJson(status))}${contradictionIn(state)}`, flags)}`);
    if (switchFile(state.file(SWITCH_FILE), systemClock).isOff()) process.stdout.write(asTyped('Remote support is switched off on this machine. To allow it again: argus-agent remote-support-on\n', flags));
  },
};

/** Whoever sits at a machine whose daemon is another user's has no state of it, and may ask by its socket. */
async function asked(state: StateDir, flags: Flags): Promise<string> {
  const folders = given(flags, 'run-dir') === undefined ? [...runDirsOf(state, flags), SYSTEM_RUN_DIR] : runDirsOf(state, flags);
  let isForbidden = false;
  for (const folder of folders) {
    const answer = await askDaemon(folder, 'status', 'status');
    const shown = answer.ok ? parseShown(JSON.stringify(answer.value)) : null;
    if (shown) return `${[titleOf(shown), detailsOf(shown)].filter((text) => text !== '').join('\n')}\n`;
    isForbidden ||= !answer.ok && answer.error === 'forbidden';
  }
  if (isForbidden) return stop('An argus-agent runs here, and only its own user and the group of its run directory may ask it. Ask whoever keeps the machine to put you into that group.');
  return stop(`No machine is enrolled in ${state.path}, and no argus-agent answers here. If it was enrolled into another folder, name that with --state DIR; if another user runs it, its run directory with --run-dir DIR. To enroll this machine: argus-agent enroll`);
}

const WrittenBy = LineStateShape.pick({ daemon: true });
const START = 'Start it with: argus-agent run\n';

/** How the line does, in plain words; nothing where no daemon has said anything yet. What one says counts while it runs. */
function lineOf(state: StateDir, status: unknown): string {
  const file = state.file('line.json');
  const parsed = LineStateShape.safeParse(existsSync(file) ? parseJson(readFileSync(file, 'utf8')) : null);
  if (!parsed.success) return '';
  const { line, why, means, since, daemon = WrittenBy.safeParse(status).data?.daemon } = parsed.data;
  if (line === 'stopped') return `No daemon is running: it was stopped at ${since}. ${START}`;
  if (daemon && !isRunning(daemon)) return `No daemon is running: the last one is gone, and nobody was told why. ${START}`;
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

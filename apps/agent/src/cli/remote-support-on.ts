import { systemClock } from '@argus/kit/clock.ts';
import { askDaemon } from '../adapters/local/ask.ts';
import { switchFile } from '../adapters/state/kill-switch.ts';
import type { CliCommand } from './command.ts';
import { mustTrust, reasonOf, stop } from './stop.ts';
import { runDirsOf, SWITCH_FILE } from './switch.ts';

/** For the owner alone: it takes the state directory, or the socket that only its user may open. */
export const remoteSupportOnCommand: CliCommand = {
  words: 'remote-support-on',
  usage: '[--run-dir DIR]',
  summary: 'take back remote-support-off; no session begins by itself',
  options: { 'run-dir': { type: 'string' } },
  async run(state, flags) {
    mustTrust(state);
    for (const folder of runDirsOf(state, flags)) {
      const answer = await askDaemon(folder, 'owner', 'on');
      if (answer.ok) return on();
      if (answer.error === 'silent') stop('The daemon does not answer, so it stays off. Restart it, then run this again.');
    }
    try {
      switchFile(state.file(SWITCH_FILE), systemClock).on();
    } catch (problem) {
      stop(`It stays off: ${reasonOf(problem)}.`);
    }
    on();
  },
};

const on = () => void process.stdout.write('Remote support can be used again. You are shown every session while it is live.\n');

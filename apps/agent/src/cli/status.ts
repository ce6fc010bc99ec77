import { existsSync, readFileSync } from 'node:fs';
import { systemClock } from '@argus/kit/clock.ts';
import { switchFile } from '../adapters/state/kill-switch.ts';
import type { CliCommand } from './command.ts';
import { mustTrust } from './stop.ts';
import { SWITCH_FILE } from './switch.ts';

export const statusCommand: CliCommand = {
  words: 'status',
  summary: 'is a session live on this machine?',
  run(state) {
    const trust = mustTrust(state);
    const status = existsSync(state.file('status.json')) ? readFileSync(state.file('status.json'), 'utf8') : 'It has not run yet.\n';
    process.stdout.write(`${trust.agent} of ${trust.tenant}, server ${trust.server_url}\n${status}`);
    if (switchFile(state.file(SWITCH_FILE), systemClock).isOff()) process.stdout.write('Remote support is switched off on this machine. To allow it again: argus-agent remote-support-on\n');
  },
};

import { existsSync, readFileSync } from 'node:fs';
import type { CliCommand } from './command.ts';
import { mustTrust } from './stop.ts';

export const statusCommand: CliCommand = {
  words: 'status',
  summary: 'is a session live on this machine?',
  run(state) {
    const trust = mustTrust(state);
    const status = existsSync(state.file('status.json')) ? readFileSync(state.file('status.json'), 'utf8') : 'It has not run yet.\n';
    process.stdout.write(`${trust.agent} of ${trust.tenant}, server ${trust.server_url}\n${status}`);
  },
};

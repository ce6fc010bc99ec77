import { logSentences } from '../log-text.ts';
import { offerOf } from '../accept-log.ts';
import { readFollowed } from '../adapters/state/witness-journal.ts';
import type { CliCommand } from './command.ts';
import { mustTrust, stop } from './stop.ts';

/** For the owner: how far this machine has followed the log, and what contradicts it. Ends with 1 when something does. */
export const logShowCommand: CliCommand = {
  words: 'log show',
  usage: '[--json]',
  summary: 'how far this machine has followed the log, and what contradicts that',
  options: { json: { type: 'boolean' } },
  run(state, flags) {
    const trust = mustTrust(state);
    const followed = readFollowed(state.file('witness.journal')) ?? stop(`The witness journal is missing from ${state.path}.`);
    const offer = offerOf(trust, followed);
    const { size, root, checkpoint, highestActed, at } = followed;
    const shown = { tenant: trust.tenant, size, root, followed_at: at ?? null, highest_acted: highestActed < 0 ? null : highestActed, checkpoint, contradicted_by: offer };
    process.stdout.write(flags['json'] === true ? `${JSON.stringify(shown, null, 2)}\n` : `${logSentences(trust, followed, offer).join('\n')}\n`);
    if (offer || followed.fork !== null) process.exitCode = 1;
  },
};

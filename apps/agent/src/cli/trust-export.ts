import { withoutCredentials, type TrustFile } from '@argus/protocol/trust.ts';
import { readSeen } from '../adapters/state/pinned-consent.ts';
import { readFollowed } from '../adapters/state/witness-journal.ts';
import { withLearnedKeys } from '../witness.ts';
import type { CliCommand } from './command.ts';
import { mustTrust, stop } from './stop.ts';

export const trustExportCommand: CliCommand = {
  words: 'trust export',
  summary: 'print what this machine trusts, to check the log against',
  run(state) {
    const trust = mustTrust(state);
    const followed = readFollowed(state.file('witness.journal')) ?? stop(`The witness journal is missing from ${state.path}.`);
    const { checkpoint, highestActed } = followed;
    const serial = trust.consent_key === undefined ? undefined : readSeen(state)?.highest.serial;
    const exported: TrustFile = { ...withLearnedKeys(trust, followed), cameras: trust.cameras.map(withoutCredentials), last_checkpoint: checkpoint, ...(highestActed >= 0 && { highest_acted_leaf: highestActed }), ...(serial !== undefined && { highest_consent_serial: serial }) };
    process.stdout.write(`${JSON.stringify(exported, null, 2)}\n`);
  },
};

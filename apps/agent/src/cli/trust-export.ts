import { rmSync } from 'node:fs';
import { withoutCredentials, type TrustFile } from '@argus/protocol/trust.ts';
import { readSeen } from '../adapters/state/pinned-consent.ts';
import { readFollowed } from '../adapters/state/witness-journal.ts';
import { withLearnedKeys } from '../witness.ts';
import { writeWhole } from '../adapters/state/state-dir.ts';
import { given, type CliCommand } from './command.ts';
import { mustTrust, reasonOf, stop } from './stop.ts';

export const trustExportCommand: CliCommand = {
  words: 'trust export',
  usage: '[--out FILE]',
  summary: 'print what this machine trusts, or write it into a file, to check the log against',
  options: { out: { type: 'string' } },
  run(state, flags) {
    const trust = mustTrust(state);
    const followed = readFollowed(state.file('witness.journal')) ?? stop(`The witness journal is missing from ${state.path}.`);
    const { checkpoint, highestActed } = followed;
    const serial = trust.consent_key === undefined ? undefined : readSeen(state)?.highest.serial;
    const exported: TrustFile = { ...withLearnedKeys(trust, followed), cameras: trust.cameras.map(withoutCredentials), last_checkpoint: checkpoint, ...(highestActed >= 0 && { highest_acted_leaf: highestActed }), ...(serial !== undefined && { highest_consent_serial: serial }) };
    const text = `${JSON.stringify(exported, null, 2)}\n`;
    const out = given(flags, 'out');
    if (out === undefined) return void process.stdout.write(text);
    writeOut(out, text);
    process.stdout.write(`What this machine trusts is in ${out}.\n`);
  },
};

/** Whole or not at all: what stood there stays until all of it is written. Only for whoever exports it to read. */
function writeOut(path: string, text: string): void {
  try {
    writeWhole(path, text);
  } catch (problem) {
    rmSync(`${path}.new`, { force: true });
    stop(`${path} cannot be written: ${reasonOf(problem)}. What stood there still does.`);
  }
}

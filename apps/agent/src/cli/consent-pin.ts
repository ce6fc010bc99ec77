import { keyFingerprint } from '@argus/keys/consent.ts';
import { askDaemon } from '../adapters/local/ask.ts';
import { beginSeen } from '../adapters/state/pinned-consent.ts';
import { writeWhole } from '../adapters/state/state-dir.ts';
import { given, type CliCommand } from './command.ts';
import { mustConsentKey } from './key-file.ts';
import { mustTrust, stop } from './stop.ts';
import { runDirsOf } from './switch.ts';

/** On this machine only: no command and no frame reaches the trust file. */
export const consentPinCommand: CliCommand = {
  words: 'consent pin',
  usage: 'FILE [--replace] [--run-dir DIR]',
  takes: 'file',
  summary: 'from now on nobody gets in but by what this key signed',
  options: { replace: { type: 'boolean' }, 'run-dir': { type: 'string' } },
  async run(state, flags) {
    const trust = mustTrust(state);
    const key = mustConsentKey(given(flags, 'file') ?? stop('Name the key: argus-agent consent pin FILE'));
    if (trust.consent_key !== undefined && trust.consent_key !== key && flags['replace'] !== true)
      stop(`Another consent key is pinned here, with the fingerprint ${keyFingerprint(trust.consent_key)}. To take this one instead, add --replace: what the other one signed is void then.`);
    beginSeen(state); // before the key counts
    writeWhole(state.file('trust.json'), `${JSON.stringify({ ...trust, consent_key: key }, null, 2)}\n`);
    for (const folder of runDirsOf(state, flags)) if ((await askDaemon(folder, 'owner', 'consent')).ok) break; // it would look by itself, at the latest before it acts
    process.stdout.write(`Pinned ${keyFingerprint(key)}. Without a receipt signed with it nobody gets into this machine, whatever the server says. A session without one is over.\n`);
  },
};

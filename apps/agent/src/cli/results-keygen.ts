import { keyFingerprint } from '@argus/keys/consent.ts';
import { resultsKeyOf, resultsKeyText, resultsPublicKeyText } from '@argus/keys/kept-result.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { given, type CliCommand } from './command.ts';
import { writeNew } from './key-file.ts';
import { passphraseFrom } from './passphrase.ts';
import { stop } from './stop.ts';

export const resultsKeygenCommand: CliCommand = {
  words: 'results keygen',
  usage: '--out FILE [--passphrase-file FILE]',
  summary: 'make the key that kept results are sealed to, sealed with a passphrase',
  options: { out: { type: 'string' }, 'passphrase-file': { type: 'string' } },
  async run(_state, flags) {
    const out = given(flags, 'out') ?? stop('Say where the new key goes with --out FILE.');
    const key = resultsKeyOf(systemRandom(32));
    writeNew(out, resultsKeyText(key, { passphrase: await passphraseFrom(flags, { isNew: true }), random: systemRandom }));
    writeNew(`${out}.pub`, resultsPublicKeyText(key));
    process.stdout.write(
      `Fingerprint ${keyFingerprint(key.publicKeyText)}\nThe key is in ${out}, sealed: keep it and its passphrase in two places, and off your machines. Without it nobody opens what was kept.\nWhat a consent needs of it is in ${out}.pub: argus-agent consent sign … --keep-results ${out}.pub --keep-days 90\n`,
    );
  },
};

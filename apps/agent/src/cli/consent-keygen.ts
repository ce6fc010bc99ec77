import { keyFingerprint } from '@argus/keys/consent.ts';
import { newSigningKey } from '@argus/keys/ed25519.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { given, type CliCommand } from './command.ts';
import { keyFileText, publicKeyText, writeNew } from './key-file.ts';
import { passphraseFrom } from './passphrase.ts';
import { stop } from './stop.ts';

export const consentKeygenCommand: CliCommand = {
  words: 'consent keygen',
  usage: '--out FILE [--passphrase-file FILE]',
  summary: 'make the key you sign consents with, sealed with a passphrase',
  options: { out: { type: 'string' }, 'passphrase-file': { type: 'string' } },
  async run(_state, flags) {
    const out = given(flags, 'out') ?? stop('Say where the new key goes with --out FILE.');
    const key = newSigningKey();
    writeNew(out, keyFileText(key, await passphraseFrom(flags, { isNew: true }), systemRandom));
    writeNew(`${out}.pub`, publicKeyText(key));
    process.stdout.write(
      `Fingerprint ${keyFingerprint(key.publicKeyText)}\nThe key is in ${out}, sealed: keep it and its passphrase in two places, and off your machines.\nWhat a machine needs of it is in ${out}.pub: argus-agent consent pin ${out}.pub\n`,
    );
  },
};

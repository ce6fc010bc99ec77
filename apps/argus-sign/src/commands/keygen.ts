import { newSigningKey } from '@argus/keys/ed25519.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { PatchKeys } from '@argus/protocol/patch.ts';
import { text, type SignCommand } from '../command.ts';
import { writeNew } from '../files.ts';
import { flag, must } from '../flags.ts';
import { keyFileOf } from '../key-file.ts';
import { usage } from '../stop.ts';

export const keygen: SignCommand = {
  word: 'keygen',
  usage: '--out FILE [--key-id NAME] [--passphrase-file FILE]',
  summary: 'make a key, sealed with a passphrase',
  teaches: 'Keep the file and the passphrase in two places. There is no other copy of either, and no way back without both.',
  options: { out: text, 'key-id': text, 'passphrase-file': text },
  async run(given, { random, passphrase }) {
    const out = must(given, 'out', 'where the new key goes');
    const key = newSigningKey();
    const keyId = flag(given, 'key-id') ?? `key-${sha256Hex(key.publicKey).slice(0, 12)}`;
    if (!PatchKeys.safeParse([{ key_id: keyId, public_key: key.publicKeyText }]).success) return usage('--key-id is 1 to 64 letters, digits, dots and dashes.');
    const file = keyFileOf(key, { keyId, passphrase: await passphrase(true, flag(given, 'passphrase-file')), random });
    writeNew(out, `${JSON.stringify(file, null, 2)}\n`);
    const named = { key_id: keyId, public_key: key.publicKeyText };
    return { json: { ...named, file: out }, text: `${keyId}: public key ${key.publicKeyText}\nThe key is in ${out}, sealed. What machines need of it: argus-sign public ${out} > patch-keys.json\n` };
  },
};

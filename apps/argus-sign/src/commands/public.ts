import { PatchKeys } from '@argus/protocol/patch.ts';
import type { SignCommand } from '../command.ts';
import { readKeyFile } from '../key-file.ts';
import { badFile, usage } from '../stop.ts';

export const publicKeys: SignCommand = {
  word: 'public',
  usage: 'KEY…',
  summary: 'print the public halves of keys, as argus-agent enroll --patch-keys reads them',
  teaches: 'It asks for no passphrase. Compare the public key with the one keygen printed before you give it to a machine.',
  options: {},
  async run({ words }) {
    if (words.length === 0) return usage('Name one key file, or several.');
    const keys = words.map(readKeyFile).map(({ key_id, public_key }) => ({ key_id, public_key }));
    const isTwice = new Set(keys.map((key) => key.key_id)).size < keys.length || new Set(keys.map((key) => key.public_key)).size < keys.length;
    if (isTwice || !PatchKeys.safeParse(keys).success) return badFile('Two of these have one id, or are one key, or there are more than 16.');
    return { json: keys, text: `${JSON.stringify(keys, null, 2)}\n` };
  },
};

import { defineCommand, usage } from '../command.ts';
import { idsOf, line } from '../render/view.ts';

export const operatorKeyPublic = defineCommand({
  name: 'operator-key public',
  summary: 'The public half of your key, as a consent names it',
  positionals: { key: { value: 'file', show: 'FILE', about: 'the sealed key; it is not opened for this' } },
  flags: {},
  secrets: [],
  writes: false,
  isLocal: true,
  example: 'argusctl operator-key public ana.key',
  async run({ readFile, refuse, show }, { key: path }) {
    const file = await readFile(path);
    if (file.kind !== 'text') return refuse(usage(file.kind === 'missing' ? `There is no key at ${path}.` : `${path} cannot be read (${file.why}).`, 'argusctl operator-key new makes one.'));
    const { readOperatorKey } = await import('@argus/keys/operator-key.ts');
    const key = readOperatorKey(file.text);
    if (!key) return refuse(usage(`${path} is no operator key.`, 'argusctl operator-key new makes one.'));
    const listed = [{ kind: 'ed25519', public_key: key.publicKey }];
    return show(listed, [idsOf(key.publicKey), line(JSON.stringify(listed))]);
  },
});

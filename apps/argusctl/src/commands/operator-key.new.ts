import { defineCommand } from '../command.ts';
import { passphraseFrom } from '../passphrase.ts';
import { aside, fields } from '../render/view.ts';

export const operatorKeyNew = defineCommand({
  name: 'operator-key new',
  summary: 'Make the key with which you show a machine that it is you, sealed',
  positionals: {},
  flags: {
    out: { value: 'outFile', show: 'FILE', isRequired: true, about: 'where it goes: a file, whole or not at all' },
    'passphrase-file': { value: 'file', show: 'FILE', about: 'the passphrase, in a file that only you can read; asked for when left out' },
  },
  secrets: [],
  writes: false,
  isLocal: true,
  example: 'argusctl operator-key new --out ana.key',
  details: async () => ['Give the tenant what operator-key public prints: they name it when they sign (argus-agent consent sign --operator-keys).', 'Keep the file on your own machine. The server never sees it, and that is what it is for.'],
  async run(ctx, { out, 'passphrase-file': file }) {
    const passphrase = await passphraseFrom(ctx, { file, isNew: true });
    if (typeof passphrase !== 'string') return ctx.refuse(passphrase);
    const [{ signingKeyOf }, { operatorKeyText }, { keyFingerprint }] = await Promise.all([import('@argus/keys/ed25519.ts'), import('@argus/keys/operator-key.ts'), import('@argus/keys/consent.ts')]);
    const key = signingKeyOf(ctx.random(32));
    const why = await ctx.outFile.saveNew(out, new TextEncoder().encode(operatorKeyText(key, { passphrase, random: ctx.random })));
    if (why !== null) return ctx.refuse({ kind: 'local', code: 'not_written', says: `The key was not saved: ${why}`, hint: 'Name another file with --out.' });
    const fingerprint = keyFingerprint(key.publicKeyText);
    return ctx.show({ file: out, public_key: key.publicKeyText, fingerprint }, [
      fields({ file: out, 'public key': key.publicKeyText, fingerprint }),
      aside(''),
      aside(`For the tenant: ${ctx.argusctl} operator-key public ${out} > operator-keys.json`),
    ]);
  },
});

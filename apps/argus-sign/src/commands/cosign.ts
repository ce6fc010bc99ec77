import { signValue } from '@argus/keys/signature.ts';
import { text, type SignCommand } from '../command.ts';
import { writeNew } from '../files.ts';
import { flag, must } from '../flags.ts';
import { openKey, readKeyFile } from '../key-file.ts';
import { mustBeApplicable, patchText, readPatchFile, summaryOf, summaryText } from '../manifest.ts';
import { usage } from '../stop.ts';

export const cosign: SignCommand = {
  word: 'cosign',
  usage: '--key FILE --patch FILE --out FILE',
  summary: 'add the signature of another key to a patch',
  teaches: 'Look at it first with argus-sign inspect: your signature says that you did.',
  options: { key: text, patch: text, out: text, 'passphrase-file': text },
  async run(given, { passphrase }) {
    const out = must(given, 'out', 'where the patch with both signatures goes');
    const { manifest, signed, signatures } = readPatchFile(must(given, 'patch', 'the patch to sign'));
    mustBeApplicable(manifest);
    const keyFile = readKeyFile(must(given, 'key', 'the key that signs'));
    if (signatures.some(({ key_id }) => key_id === keyFile.key_id)) return usage(`${keyFile.key_id} has signed this patch already, and counts once.`);
    const { keyId, key } = openKey(keyFile, await passphrase(false, flag(given, 'passphrase-file')));
    const all = [...signatures, { key_id: keyId, sig: signValue(key, 'patch', signed) }];
    writeNew(out, patchText(signed, all));
    const signedBy = all.map(({ key_id }) => key_id);
    return { json: { file: out, signed_by: signedBy, manifest: summaryOf(manifest) }, text: `${summaryText(manifest)}Signed by ${signedBy.join(', ')}, in ${out}.\n` };
  },
};

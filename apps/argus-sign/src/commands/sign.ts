import { isoTime } from '@argus/kit/clock.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { signValue } from '@argus/keys/signature.ts';
import { newHandle } from '@argus/protocol/ids.ts';
import { readPatch, type PatchManifest } from '@argus/protocol/patch.ts';
import { many, text, type Given, type SignCommand } from '../command.ts';
import { readBytes, writeNew } from '../files.ts';
import { flag, must, mustId, timeOf } from '../flags.ts';
import { openKey, readKeyFile } from '../key-file.ts';
import { mustBeApplicable, patchText, refused, summaryOf, summaryText } from '../manifest.ts';
import { usage } from '../stop.ts';

export const sign: SignCommand = {
  word: 'sign',
  usage: '--key FILE --agent ID --file PATH=LOCAL … --not-after TIME --out FILE [--not-before TIME] [--note TEXT] [--id patch_…]',
  summary: 'make a patch of local files, and sign it',
  teaches: 'PATH is the file on the machine: config.yaml, hotfix/NAME.json or hotfix/NAME.yaml. A patch is for one machine, is applied once, all files or none, and only between the two times (TIME like 2026-11-21T12:00:00Z; --not-before is now when left out).',
  options: { key: text, agent: text, file: many, 'not-before': text, 'not-after': text, note: text, id: text, out: text, 'passphrase-file': text },
  async run(given, { clock, random, passphrase }) {
    const out = must(given, 'out', 'where the patch goes');
    const keyFile = readKeyFile(must(given, 'key', 'the key that signs'));
    const manifest = checked({
      v: 1,
      id: mustId('patch', flag(given, 'id') ?? newHandle('patch', random), 'id'),
      agent: mustId('agent', must(given, 'agent', 'the machine it is for'), 'agent'),
      files: filesOf(given),
      not_before: timeOf(flag(given, 'not-before') ?? isoTime(clock.now()), 'not-before'),
      not_after: timeOf(must(given, 'not-after', 'when it is over'), 'not-after'),
      note: flag(given, 'note') ?? '',
    });
    const { keyId, key } = openKey(keyFile, await passphrase(false, flag(given, 'passphrase-file')));
    writeNew(out, patchText(manifest, [{ key_id: keyId, sig: signValue(key, 'patch', manifest) }]));
    return { json: { file: out, signed_by: [keyId], manifest: summaryOf(manifest) }, text: `${summaryText(manifest)}Signed by ${keyId}, in ${out}.\n` };
  },
};

/** Read as a machine reads it, before it is signed. */
function checked(manifest: PatchManifest): PatchManifest {
  const read = readPatch({ manifest, signatures: [] });
  if (!read.ok) return refused(read.error);
  mustBeApplicable(read.value.manifest);
  return read.value.manifest;
}

function filesOf({ flags }: Given): PatchManifest['files'] {
  const given = flags['file'];
  if (!Array.isArray(given) || given.length === 0) return usage('--file PATH=LOCAL is required, once for each file.');
  return given.map((pair: string) => {
    const at = pair.indexOf('=');
    if (at < 1) return usage('--file is PATH=LOCAL: the file on the machine, and the one here that it becomes.');
    const bytes = readBytes(pair.slice(at + 1), 'file');
    return { path: pair.slice(0, at), sha256: sha256Hex(bytes), size: bytes.length, content_base64: Buffer.from(bytes).toString('base64') };
  });
}

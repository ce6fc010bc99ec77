import type { SignCommand } from '../command.ts';
import { word } from '../flags.ts';
import { contentsText, mustBeApplicable, readPatchFile, summaryText, withContents } from '../manifest.ts';

export const inspect: SignCommand = {
  word: 'inspect',
  usage: 'PATCH',
  summary: 'show what a patch says of itself, and what it would write',
  teaches: 'It believes everything. Whether the signatures are good is for argus-sign verify.',
  options: {},
  async run(given) {
    const { manifest, signatures } = readPatchFile(word(given, 'one patch'));
    mustBeApplicable(manifest);
    const claimed = signatures.map(({ key_id }) => key_id);
    return { json: { manifest: withContents(manifest), claims_to_be_signed_by: claimed, verified: false }, text: `${summaryText(manifest)}${contentsText(manifest)}\nIt claims to be signed by ${claimed.join(', ') || 'nobody'}. That is not verified here.\n` };
  },
};

import { verifyText } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { readPatch, signaturesOf, verifyPatch, type Signatures } from '@argus/protocol/patch.ts';
import { cleanText } from '@argus/protocol/text.ts';
import { text, type SignCommand } from '../command.ts';
import { readJson } from '../files.ts';
import { flag, keysIn, must, mustId, threshold, timeOf, word } from '../flags.ts';
import { refused, summaryOf, summaryText } from '../manifest.ts';

export const verify: SignCommand = {
  word: 'verify',
  usage: 'PATCH --keys FILE [--threshold N] [--agent ID] [--at TIME]',
  summary: 'say whether a machine that trusts these keys would take it',
  teaches: 'It decides with the code the machine decides with. Without --agent it is the machine the patch names; without --at it is now. Whether the id was applied before, only the machine knows.',
  options: { keys: text, threshold: text, agent: text, at: text },
  async run(given, { clock }) {
    const raw = readJson(word(given, 'one patch'), 'patch');
    const keys = keysIn(must(given, 'keys', 'the keys the machine trusts, as argus-sign public prints them'));
    const [read, agent, at] = [readPatch(raw), flag(given, 'agent'), flag(given, 'at')];
    const now = at === undefined ? clock.now() : Date.parse(timeOf(at, 'at'));
    const target = agent === undefined ? (read.ok ? read.value.manifest.agent : null) : mustId('agent', agent, 'agent');
    const facts = { now, keys, threshold: threshold(given), isSeen: () => false, verify: verifyText, sha256 };
    // One that names no machine can be for none; it still gets to hear about its signatures first.
    const verified = verifyPatch(raw, { ...facts, agent: target ?? mustId('agent', 'agent_of_nobody', 'agent') });
    if (!verified.ok) return refused(verified.error, verified.error.code === 'patch_signature_invalid' ? missing(signaturesOf(raw, facts), facts.threshold) : []);
    const { manifest, signers } = verified.value;
    return { json: { verified: true, signed_by: signers, at: isoTime(now), manifest: summaryOf(manifest) }, text: `${summaryText(manifest)}Good: ${signers.length} of ${facts.threshold} needed, signed by ${signers.join(', ')}; ${manifest.agent} would take it at ${isoTime(now)}.\n` };
  },
};

function missing({ signers, spoiled }: Signatures, threshold: number): readonly string[] {
  if (spoiled !== null) return [`The signature of ${cleanText(spoiled, 64)} is not over this patch, and one that fails makes the others worth nothing.`];
  const who = signers.length === 0 ? 'none of the keys signed it' : `signed by ${signers.join(', ')}`;
  return [`${signers.length} of ${threshold}: ${who}. ${threshold - signers.length} more of the keys in that file ${threshold - signers.length === 1 ? 'has' : 'have'} to sign, with argus-sign cosign.`];
}

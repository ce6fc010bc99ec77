/** From the key the owner knows to the one that signs today: by entries of the log, each signed by the key before it. */
import { fromBase64, utf8 } from '@argus/kit/bytes.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { verifyInclusion } from '@argus/ledger/proofs.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import { rotationIn, rotationValue, withEarlierKey, withRotation, type LogKeys, type Rotation } from '@argus/protocol/log-keys.ts';
import { signedText } from '@argus/protocol/signature.ts';
import type { Crypto, Whose } from './entry.ts';
import type { Note } from './findings.ts';
import { hashesOf } from './hashes.ts';
import type { Rule, RuleContext } from './rules/rule.ts';

export type GivenRotation = { readonly index: number; readonly leaf: string; readonly inclusion: readonly string[] };
type Following = { readonly rotations: readonly GivenRotation[]; readonly under: { readonly size: number; readonly root: Uint8Array }; readonly whose: Whose; readonly note: Note };

export async function followKeys(crypto: Crypto, begun: LogKeys, { rotations, under, whose, note }: Following): Promise<LogKeys> {
  if (begun.keys.length === 0) return begun;
  const wrong = (index: number, detail: string) => note('log_key_change_wrong', { index, detail });
  const signed: { readonly index: number; readonly rotation: Rotation }[] = [];
  for (const given of rotations) {
    const rotation = rotationUnder(crypto, given, { under, whose });
    if (!rotation) wrong(given.index, 'it is not in the log, or is none');
    else if (!(await isSignedByOld(crypto, rotation, whose))) wrong(given.index, 'the old key did not sign it');
    else signed.push({ index: given.index, rotation });
  }
  let keys = begun;
  for (const { rotation, index } of signed.toReversed()) keys = withEarlierKey(keys, rotation, index) ?? keys;
  for (const { rotation, index } of signed) {
    const next = withRotation(keys, rotation, index);
    if (typeof next === 'string') wrong(index, next);
    else keys = next;
  }
  return keys;
}

function rotationUnder({ sha256 }: Crypto, { index, leaf: text, inclusion }: GivenRotation, { under, whose }: Pick<Following, 'under' | 'whose'>): Rotation | null {
  const leaf = parseLeaf(text);
  const proof = hashesOf(inclusion);
  const isThere = proof !== null && verifyInclusion(sha256, { index, size: under.size, leafHash: leafHash(sha256, utf8(text)), proof, root: under.root });
  const isOurs = leaf.ok && leaf.value.seq === index && leaf.value.tenant === whose.tenant && leaf.value.instance === whose.instance;
  return isThere && isOurs ? rotationIn(leaf.value) : null;
}

async function isSignedByOld({ verify }: Crypto, rotation: Rotation, { instance, tenant }: Whose): Promise<boolean> {
  const [key, signature] = [fromBase64(rotation.from), fromBase64(rotation.signature)];
  return key !== null && signature !== null && verify(key, utf8(signedText('log-rotation', rotationValue({ instance, tree: tenant }, rotation))), signature);
}

/** Every entry that says it changes the key is one the owner's keys lead to; a second one at that place, or by another key, leads nowhere. */
export const keyChanges = ({ note }: RuleContext, { keys }: LogKeys): Rule => ({
  see({ index, leaf }) {
    if (leaf.type !== 'log_key_rotated' || keys.length === 0) return;
    const to = rotationIn(leaf)?.to;
    if (!keys.some((one, i) => i > 0 && one.key === to && one.over === index + 1)) note('log_key_change_wrong', { index, detail: 'no key known here leads to it' });
  },
});

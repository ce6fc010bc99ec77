/** What machines signed of a log themselves, and travels with it. */
import { fromBase64 } from '@argus/kit/bytes.ts';
import { parseId } from '@argus/protocol/ids.ts';
import { cosignerOf, originOf } from '@argus/protocol/origin.ts';
import type { Crypto, Whose } from './entry.ts';
import type { Note } from './findings.ts';
import { checkpointText, isCosigned } from './signed-notes.ts';

export type Cosignature = { readonly agent: string; readonly size: number; readonly cosignature: string };
type Beside = {
  readonly whose: Whose;
  readonly note: Note;
  readonly keyOf: (agent: string) => string | null;
  readonly rootAt: (size: number) => Uint8Array | null;
};

/** How many hold. */
export async function checkCosignatures(crypto: Crypto, lines: readonly Cosignature[], { whose, note, keyOf, rootAt }: Beside): Promise<number> {
  const origin = originOf(whose.instance, whose.tenant);
  let held = 0;
  for (const { agent, size, cosignature } of lines) {
    const detail = `${agent}, over ${size} entries`;
    const [root, machine, publicKey] = [rootAt(size), parseId('agent', agent), fromBase64(keyOf(agent) ?? '')];
    if (!root || !machine || publicKey?.length !== 32) note('cosignature_not_checked', { detail });
    else if (await isCosigned(crypto, { line: cosignature, name: cosignerOf({ ...whose, agent: machine }), publicKey, text: checkpointText(origin, size, root) })) held++;
    else note('cosignature_wrong', { detail });
  }
  return held;
}

/** What is signed by others than the log key and travels with a log: cosignatures of machines, consents of the owner. */
import { fromBase64, utf8 } from '@argus/kit/bytes.ts';
import { parseCanonical, type Json } from '@argus/kit/canonical-json.ts';
import { parseId } from '@argus/protocol/ids.ts';
import { cosignerOf, originOf } from '@argus/protocol/origin.ts';
import { signedText } from '@argus/protocol/signature.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { Crypto, Whose } from './entry.ts';
import type { Note } from './findings.ts';
import { checkpointText, isCosigned } from './signed-notes.ts';

export type Cosignature = { readonly agent: string; readonly size: number; readonly cosignature: string };
export type SignedReceipt = { readonly serial: number; readonly receipt: Json; readonly signature: string };
type Beside = {
  readonly whose: Whose;
  readonly note: Note;
  readonly keyOf: (agent: string) => string | null;
  readonly rootAt: (size: number) => Uint8Array | null;
  readonly trust: TrustFile | null;
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

export async function checkReceipts({ verify }: Crypto, receipts: readonly SignedReceipt[], { whose, note, trust }: Beside): Promise<number> {
  let held = 0;
  for (const { serial, receipt, signature } of receipts) {
    const detail = `serial ${serial}`;
    const value = valueOf(receipt);
    const [key, bytes] = [fromBase64(trust?.consent_key ?? ''), fromBase64(signature)];
    if (key?.length !== 32) {
      note('receipt_not_checked', { detail });
      continue;
    }
    const isOurs = value?.['serial'] === serial && value['instance'] === whose.instance && value['tenant'] === whose.tenant;
    if (isOurs && bytes && (await verify(key, utf8(signedText('consent', value)), bytes))) held++;
    else note('receipt_wrong', { detail });
  }
  return held;
}

/** As a value, or as the text that was kept, which has the signature beside it. */
function valueOf(receipt: Json): { readonly [key: string]: Json } | null {
  if (typeof receipt === 'string') {
    const read = parseCanonical(receipt);
    return read.ok && isRecord(read.value) ? (isRecord(read.value['receipt'] ?? null) ? (read.value['receipt'] as { readonly [key: string]: Json }) : read.value) : null;
  }
  return isRecord(receipt) ? receipt : null;
}
const isRecord = (value: Json): value is { readonly [key: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value);

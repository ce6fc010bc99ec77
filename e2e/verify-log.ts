/** A tenant checks its log: everything over HTTP, believed only as far as its own machine's trust file reaches. */
import { checkLog } from '@argus/evidence/check-log.ts';
import type { GivenRotation } from '@argus/evidence/log-keys.ts';
import type { SignedReceipt } from '@argus/evidence/receipts.ts';
import { FINDINGS } from '@argus/evidence/findings.ts';
import { fromBase64, sameBytes, utf8 } from '@argus/kit/bytes.ts';
import { verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { openCheckpoint } from '@argus/ledger/checkpoint.ts';
import { emptyFrontier, frontierRoot, grow } from '@argus/ledger/frontier.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { parseLeaf, type Leaf } from '@argus/protocol/leaf.ts';
import { originOf } from '@argus/protocol/origin.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import { ask } from './http.ts';

export type Entry = { readonly leaf: Leaf; readonly hash: Uint8Array };
export type VerifiedLog = {
  readonly size: number;
  readonly entries: readonly Entry[];
  /** Root of the first so many entries, recomputed from the entries themselves. */
  rootAt(size: number): Uint8Array;
  /** Is this note a checkpoint of this very log, at any earlier size? */
  vouchesFor(note: string): boolean;
};

export async function readEntries(url: string, pat: string, tenant: string): Promise<readonly string[]> {
  const texts: string[] = [];
  for (;;) {
    const { status, body } = await ask(url, `/v1/tenants/${tenant}/log/entries?from=${texts.length}`, { pat });
    if (status !== 200) throw new Error(`the log could not be read: ${status} ${String(body['code'])}`);
    const entries = body['entries'] as readonly { index: number; leaf: string }[];
    if (entries.length === 0) return texts;
    texts.push(...entries.map((entry) => entry.leaf));
  }
}

async function readReceipts(url: string, pat: string, tenant: string): Promise<readonly SignedReceipt[]> {
  const { status, body } = await ask(url, `/v1/tenants/${tenant}/log/receipts`, { pat });
  if (status !== 200) throw new Error(`the signed consents could not be read: ${status} ${String(body['code'])}`);
  return (body['receipts'] as readonly (SignedReceipt & { readonly index: number })[]).map(({ index: _, ...receipt }) => receipt); // what they are worth, is checked next
}

/** Throws with a sentence on anything the owner's own program finds that does not hold. */
export async function verifyLog(url: string, pat: string, trust: TrustFile): Promise<VerifiedLog> {
  const { status, body } = await ask(url, `/v1/tenants/${trust.tenant}/log/checkpoint`, { pat });
  if (status !== 200) throw new Error(`the checkpoint could not be read: ${status} ${String(body['code'] ?? body['problem'])}`);
  const { checkpoint, size, rotations = [] } = body as { readonly checkpoint: string; readonly size: number; readonly rotations?: readonly GivenRotation[] }; // what it is worth, is checked next
  const texts = (await readEntries(url, pat, trust.tenant)).slice(0, size);
  async function* raw() {
    for (const [index, leaf] of texts.entries()) yield { index, leaf };
  }
  const { findings } = await checkLog({ trust, checkpoint, rotations, receipts: await readReceipts(url, pat, trust.tenant), part: { kind: 'log' }, asOf: Date.now() }, raw(), { sha256, verify: verifyEd25519 });
  const failed = findings.filter(({ code }) => FINDINGS[code].fails);
  if (failed.length > 0) throw new Error(`argus-verify finds: ${failed.map(({ code, index, says }) => `${code} ${index ?? ''} ${says}`).join('; ')}`);

  const entries = texts.map(readEntry);
  const roots = rootsOf(entries);
  const rootAt = (at: number) => roots[at] ?? new Uint8Array();
  const vouchesFor = (note: string) => {
    const earlier = open(trust, note);
    return earlier !== null && earlier.size <= size && sameBytes(earlier.root, rootAt(earlier.size));
  };
  return { size, entries, rootAt, vouchesFor };
}

function open(trust: TrustFile, note: string) {
  for (const key of trust.log_keys) {
    const publicKey = fromBase64(key);
    const checkpoint = publicKey && openCheckpoint({ sha256, verify: verifyEd25519, note, origin: originOf(trust.instance, trust.tenant), publicKey });
    if (checkpoint) return checkpoint;
  }
  return null;
}

function readEntry(text: string): Entry {
  const leaf = parseLeaf(text);
  if (!leaf.ok) throw new Error(leaf.error);
  return { leaf: leaf.value, hash: leafHash(sha256, utf8(text)) };
}

function rootsOf(entries: readonly Entry[]): readonly Uint8Array[] {
  let frontier = emptyFrontier;
  return [frontierRoot(sha256, frontier), ...entries.map(({ hash }) => frontierRoot(sha256, (frontier = grow(sha256, frontier, hash).frontier)))];
}

/** For a message: what happened, in order. */
export const story = (entries: readonly Entry[]): string =>
  entries.map(({ leaf: l }) => [l.seq, l.type, l.phase, l.command, l.outcome, l.code].filter((word) => word !== undefined).join(' ')).join('\n');

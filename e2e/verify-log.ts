/** A tenant checks its log: everything over HTTP, believed only as far as its own machine's trust file reaches. */
import { checkLog } from '@argus/evidence/check-log.ts';
import { FINDINGS } from '@argus/evidence/findings.ts';
import { fromBase64, sameBytes, toHex, utf8 } from '@argus/kit/bytes.ts';
import { verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { verifyValue } from '@argus/keys/signature.ts';
import { openCheckpoint } from '@argus/ledger/checkpoint.ts';
import { emptyFrontier, frontierRoot, grow } from '@argus/ledger/frontier.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { parseLeaf, type Leaf } from '@argus/protocol/leaf.ts';
import { originOf } from '@argus/protocol/origin.ts';
import { NO_LEAF, type SignedReply } from '@argus/protocol/signed.ts';
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

/** Throws with a sentence at the first thing that is not as it has to be. */
export async function verifyLog(url: string, pat: string, trust: TrustFile): Promise<VerifiedLog> {
  const { status, body } = await ask(url, `/v1/tenants/${trust.tenant}/log/checkpoint`, { pat });
  if (status !== 200) throw new Error(`the checkpoint could not be read: ${status} ${String(body['code'] ?? body['problem'])}`);
  const newest = open(trust, String(body['checkpoint']));
  if (!newest) throw new Error('the checkpoint is not signed by a trusted log key');
  const texts = (await readEntries(url, pat, trust.tenant)).slice(0, newest.size);
  if (texts.length !== newest.size) throw new Error(`the checkpoint is over ${newest.size} entries, and there are ${texts.length}`);

  const entries = texts.map((text, index) => readEntry(trust, text, index));
  const roots = rootsOf(entries);
  const rootAt = (size: number) => roots[size] ?? new Uint8Array();
  const vouchesFor = (note: string) => {
    const earlier = open(trust, note);
    return earlier !== null && earlier.size <= newest.size && sameBytes(earlier.root, rootAt(earlier.size));
  };
  if (!sameBytes(newest.root, rootAt(newest.size))) throw new Error('the entries do not have the root of the checkpoint');
  if (trust.last_checkpoint && !vouchesFor(trust.last_checkpoint)) throw new Error('the log is not the one the machine has followed');
  checkOutcomes(trust, entries);
  checkEndings(entries);
  await checkAsItsOwner(trust, String(body['checkpoint']), texts);
  return { size: newest.size, entries, rootAt, vouchesFor };
}

/** The owner's program has to come to the same: whatever a test did to the server, nothing that holds may be called broken. */
async function checkAsItsOwner(trust: TrustFile, checkpoint: string, texts: readonly string[]): Promise<void> {
  async function* entries() {
    for (const [index, leaf] of texts.entries()) yield { index, leaf };
  }
  const { findings } = await checkLog({ trust, checkpoint, part: { kind: 'log' }, asOf: Date.now() }, entries(), { sha256, verify: verifyEd25519 });
  const failed = findings.filter(({ code }) => FINDINGS[code].fails);
  if (failed.length > 0) throw new Error(`argus-verify finds: ${failed.map(({ code, index, says }) => `${code} ${index ?? ''} ${says}`).join('; ')}`);
}

function open(trust: TrustFile, note: string) {
  for (const key of trust.log_keys) {
    const publicKey = fromBase64(key);
    const checkpoint = publicKey && openCheckpoint({ sha256, verify: verifyEd25519, note, origin: originOf(trust.instance, trust.tenant), publicKey });
    if (checkpoint) return checkpoint;
  }
  return null;
}

function readEntry(trust: TrustFile, text: string, index: number): Entry {
  const leaf = parseLeaf(text);
  if (!leaf.ok) throw new Error(`entry ${index}: ${leaf.error}`);
  const { seq, tenant, instance } = leaf.value;
  if (seq !== index || tenant !== trust.tenant || instance !== trust.instance) throw new Error(`entry ${index} says it is entry ${seq} of ${tenant}`);
  return { leaf: leaf.value, hash: leafHash(sha256, utf8(text)) };
}

function rootsOf(entries: readonly Entry[]): readonly Uint8Array[] {
  let frontier = emptyFrontier;
  return [frontierRoot(sha256, frontier), ...entries.map(({ hash }) => frontierRoot(sha256, (frontier = grow(sha256, frontier, hash).frontier)))];
}

/** Every intent has one outcome after it, and what the agent is said to have answered, it has signed. */
function checkOutcomes(trust: TrustFile, entries: readonly Entry[]): void {
  const outcomesOf = Map.groupBy(entries.filter((e) => e.leaf.phase === 'outcome'), (e) => e.leaf.intent_sha256);
  for (const [index, { leaf, hash }] of entries.entries()) {
    if (leaf.phase !== 'intent') continue;
    const intentSha256 = toHex(hash);
    const outcomes = (outcomesOf.get(intentSha256) ?? []).filter((e) => e.leaf.seq > index);
    if (outcomes.length !== 1) throw new Error(`intent ${index} (${leaf.command ?? leaf.type}) has ${outcomes.length} outcomes`);
    const [outcome] = outcomes;
    if (outcome?.leaf.by === 'agent' && leaf.type === 'remote_support_command') checkSignature(trust, leaf, { outcome: outcome.leaf, intentSha256 });
  }
}

function checkSignature(trust: TrustFile, intent: Leaf, { outcome, intentSha256 }: { outcome: Leaf; intentSha256: string }): void {
  const { session, request_id, agent } = intent;
  const { result_sha256, agent_at, agent_signature } = outcome;
  if (!session || !request_id || !agent || !result_sha256 || !agent_at || !agent_signature) throw new Error(`outcome ${outcome.seq} lacks what the agent signed`);
  if (agent !== trust.agent) return; // another machine's key
  const over = (leaf_hash: string, said: { ok: true } | { code: string }): SignedReply => ({
    instance: trust.instance,
    tenant: trust.tenant,
    agent,
    session,
    request_id,
    leaf_hash,
    result_sha256,
    at: agent_at,
    ...said,
  });
  const code = outcome.code ?? '';
  const possible =
    outcome.outcome === 'ok'
      ? [over(intentSha256, { ok: true })]
      : // It refused, with or without finding the intent; or it acted, and the session had ended, or the log was away, when its answer came.
        [over(intentSha256, { code }), over(NO_LEAF, { code }), ...(code === 'session_expired' || code === 'outcome_unrecorded' ? [over(intentSha256, { ok: true })] : [])];
  if (!possible.some((signed) => verifyValue(trust.agent_public_key, 'reply', signed, agent_signature))) throw new Error(`outcome ${outcome.seq} is not signed by the agent`);
}

function checkEndings(entries: readonly Entry[]): void {
  const ended = entries.flatMap(({ leaf }) => (leaf.type === 'remote_support_session_ended' ? [leaf.session] : []));
  if (new Set(ended).size !== ended.length) throw new Error('a session ended twice');
}

/** For a message: what happened, in order. */
export const story = (entries: readonly Entry[]): string =>
  entries.map(({ leaf: l }) => [l.seq, l.type, l.phase, l.command, l.outcome, l.code].filter((word) => word !== undefined).join(' ')).join('\n');

import type { SigningKey } from '@argus/keys/ed25519.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { keptReply } from '@argus/keys/kept-result.ts';
import type { Random } from '@argus/keys/random.ts';
import { signValue } from '@argus/keys/signature.ts';
import { CHUNK_MAX, type CommandFrame, type LateWord, type ReplyFrame } from '@argus/protocol/frames.ts';
import type { KeepResults } from '@argus/protocol/kept.ts';
import type { SignedReply } from '@argus/protocol/signed.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { ResultText } from './carry-out.ts';

export type Answered = {
  readonly frame: Pick<CommandFrame, 'session' | 'request_id'>;
  readonly leafHash: string; // hex: the entry this answers
  readonly result: ResultText;
  readonly at: string;
  /** Null or absent: nothing but the digest is kept of it. */
  readonly keep?: { readonly as: KeepResults; readonly random: Random } | null;
};

/** The answer in pieces, the last one signed: over the request, the entry that ordered it, and the result's digest. */
export function replyFrames(trust: TrustFile, identity: SigningKey, { frame, leafHash, result, at, keep = null }: Answered): readonly ReplyFrame[] {
  const text = result.ok ? result.value : '';
  const verdict = result.ok ? ({ ok: true } as const) : { code: result.error.code };
  const signed: SignedReply = {
    instance: trust.instance,
    tenant: trust.tenant,
    agent: trust.agent,
    session: frame.session,
    request_id: frame.request_id,
    leaf_hash: leafHash,
    result_sha256: sha256Hex(text),
    at,
    ...verdict,
  };
  const of = { instance: signed.instance, tenant: signed.tenant, agent: signed.agent, session: signed.session, request_id: signed.request_id, result_sha256: signed.result_sha256 };
  const kept = keep && result.ok ? keptReply(identity, { tenantKey: keep.as.key, text, of, random: keep.random }) : null;
  const end = { ...verdict, result_sha256: signed.result_sha256, at, signature: signValue(identity, 'reply', signed), ...(kept && { kept }) };
  const parts = Math.max(1, Math.ceil(text.length / CHUNK_MAX));
  return Array.from({ length: parts }, (_, part) => ({
    type: 'reply',
    request_id: frame.request_id,
    part,
    chunk: text.slice(part * CHUNK_MAX, (part + 1) * CHUNK_MAX),
    ...(part === parts - 1 && { end }),
  }));
}

/** What is left of an answer without its result: the signed word. */
export function wordOf(frames: readonly ReplyFrame[]): LateWord {
  const last = frames.at(-1);
  if (!last?.end) throw new TypeError('an answer without an end');
  const { kept: _, ...word } = last.end;
  return { request_id: last.request_id, ...word };
}

/**
 * A result is kept where the consent says so, and only as the machine sealed it: to the key of the consent, with the machine's
 * signature over just that. Whatever is amiss, nothing is kept, and the outcome does not say that anything was.
 */
import { keptAgain, type Kept } from '@argus/keys/kept-result.ts';
import type { KeepResults, KeptOf } from '@argus/protocol/kept.ts';
import type { AgentReply } from '../agents/reply.ts';
import type { Deed, Log } from '../ports.ts';
import type { AskedFor } from './answer.ts';

export type KeepingAllowed = { readonly keep: KeepResults | undefined; readonly bytesMax: number; readonly log: Log };
export type ToKeep = Kept & { readonly days: number };

export function toKeep({ instance, session, requestId, publicKey }: AskedFor, { end, text }: AgentReply, { keep, bytesMax, log }: KeepingAllowed): ToKeep | null {
  const said = end.kept;
  if (said === undefined || keep === undefined || bytesMax === 0) return null;
  const of: KeptOf = { instance, tenant: session.tenant, agent: session.agent, session: session.id, request_id: requestId, result_sha256: end.result_sha256 };
  const kept = said.key === keep.key ? keptAgain(publicKey, said, { text, of }) : null;
  if (!kept) log('warn', 'result_not_kept', { agent: session.agent, request: requestId, why: said.key === keep.key ? 'the machine did not seal what it says' : 'the machine sealed it to another key than the consent names' });
  return kept && { ...kept, days: keep.days };
}

const DAY_MS = 86_400_000;
export const keepDeed = ({ session, requestId }: Pick<AskedFor, 'session' | 'requestId'>, { days, ...kept }: ToKeep, { at, bytesMax }: { readonly at: number; readonly bytesMax: number }): Deed => ({
  do: 'keep_result',
  kept: { ...kept, tenant: session.tenant, agent: session.agent, session: session.id, requestId, at, until: at + days * DAY_MS },
  bytesMax,
});

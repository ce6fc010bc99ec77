import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { verifyValue } from '@argus/keys/signature.ts';
import { contractFor } from '@argus/protocol/commands/index.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import type { CommandRan } from '@argus/protocol/http/shapes.ts';
import type { InstanceId, RequestId } from '@argus/protocol/ids.ts';
import { NO_LEAF, type SignedReply } from '@argus/protocol/signed.ts';
import { commandRefusedByMachine } from '../agents/refused-by-machine.ts';
import type { AgentReply } from '../agents/reply.ts';
import type { Session } from '../sessions/session.ts';

export type AskedFor = {
  readonly instance: InstanceId;
  readonly session: Session;
  readonly requestId: RequestId;
  readonly command: string;
  readonly intentSha256: string;
  readonly publicKey: string; // of the agent's identity
};
export type Signable = Omit<AskedFor, 'command' | 'session'> & { readonly session: Pick<Session, 'id' | 'tenant' | 'agent'> };
export type Answer = { readonly result: CommandRan['result']; readonly signature: string };

/** A machine that is asked too much says no more than that. Its own limits are over within a second. */
const MACHINE_AGAIN_S = 1;

/** What the agent answered. Trusts nothing in it before the agent's own signature over it has been checked. */
export function readAnswer(asked: AskedFor, { end, text }: AgentReply): Result<Answer, Denial> {
  if (!isSigned(asked, end) || sha256Hex(text) !== end.result_sha256) return err(deny('bad_agent_signature'));
  if (end.code !== undefined) return err(commandRefusedByMachine(end.code, end.code === 'rate_limited' ? { retry_after_s: MACHINE_AGAIN_S } : {}));
  const result = contractFor(asked.command)?.parseResult(parseJson(text));
  return result?.ok ? ok({ result: result.value, signature: end.signature }) : err(deny('bad_frame', 'the result does not fit its contract'));
}

/** Did this agent say so, of this request and the entry that ordered it? */
export function isSigned({ instance, session, requestId, intentSha256, publicKey }: Signable, end: AgentReply['end']): boolean {
  const over = (leaf_hash: string): SignedReply => ({
    instance,
    tenant: session.tenant,
    agent: session.agent,
    session: session.id,
    request_id: requestId,
    leaf_hash,
    result_sha256: end.result_sha256,
    at: end.at,
    ...(end.code === undefined ? { ok: true } : { code: end.code }),
  });
  if (verifyValue(publicKey, 'reply', over(intentSha256), end.signature)) return true;
  // It may refuse what it does not find in the log; it can only have acted on what it does.
  return end.code !== undefined && verifyValue(publicKey, 'reply', over(NO_LEAF), end.signature);
}

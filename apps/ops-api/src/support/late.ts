/**
 * A late answer is recorded, not delivered: once, signed, beside the outcome that says unknown. Whoever is waiting for
 * nothing any more learns from the log what became of it.
 */
import { toHex, utf8 } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import type { LateWord } from '@argus/protocol/frames.ts';
import { LATE_MAX } from '@argus/protocol/frames.ts';
import type { AgentId, InstanceId, RequestId } from '@argus/protocol/ids.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import type { LinkIdentity } from '../agents/link.ts';
import { wordOfMachine } from '../agents/refused-by-machine.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log, RecordedRequest, RequestStore } from '../ports.ts';
import { isSigned } from './answer.ts';
import type { Repeats } from './repeat.ts';

export type LateDeps = {
  readonly clock: Clock;
  readonly instance: InstanceId;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly requests: RequestStore;
  readonly repeats: Pick<Repeats, 'running'>;
  readonly log: Log;
};

const RETRY_MS = 1_000;

/** An agent that says a lot is looked up one batch at a time; what does not fit in the next one is not kept. */
type Hearing = { readonly who: LinkIdentity; readonly waiting: Map<RequestId, LateWord> };

export function createLateOutcomes(deps: LateDeps) {
  const hearing = new Map<AgentId, Hearing>();

  async function hear(agent: AgentId, mine: Hearing): Promise<void> {
    const { who, waiting } = mine;
    while (waiting.size > 0) {
      const words = [...waiting.values()];
      waiting.clear();
      // What still runs here gets its outcome first: late is what comes after it.
      await Promise.allSettled(words.flatMap((word) => deps.repeats.running(agent, word.request_id) ?? []));
      const recorded = await deps.requests.recorded(agent, words.map((word) => word.request_id)).catch((problem: unknown) => {
        deps.log('error', 'late_answer_not_looked_up_yet', { agent, problem: String(problem) });
        return null;
      });
      if (!recorded) await later(mine, words);
      for (const one of recorded ?? []) {
        const word = words.find((w) => w.request_id === one.requestId);
        const attempt = word && lateOutcome(who, one, { word, instance: deps.instance, at: deps.clock.now() });
        if (attempt === 'not_signed') deps.log('warn', 'late_answer_not_signed', { agent, request: one.requestId });
        else if (attempt) await write(agent, mine, { attempt, word });
      }
    }
  }

  /** When the database is back. */
  async function later({ waiting }: Hearing, words: readonly LateWord[]): Promise<void> {
    for (const word of words) waiting.set(word.request_id, word);
    await new Promise<void>((resume) => deps.clock.after(RETRY_MS, resume));
  }

  async function write(agent: AgentId, hearing: Hearing, { attempt, word }: { attempt: Attempt; word: LateWord }): Promise<void> {
    const written = await deps.ledger.append(attempt);
    if (written.ok || written.error.code === 'request_id_reused') return; // somebody else wrote it
    deps.log('error', 'late_answer_not_recorded_yet', { agent, request: word.request_id, problem: written.error.internal ?? null });
    if (written.error.code === 'audit_unavailable') await later(hearing, [word]);
  }

  return {
    heard(who: LinkIdentity, words: readonly LateWord[]): void {
      if (words.length === 0) return;
      const busy = hearing.get(who.agent);
      const mine: Hearing = busy ?? { who, waiting: new Map() };
      for (const word of words) if (mine.waiting.size < LATE_MAX) mine.waiting.set(word.request_id, word);
      if (busy) return;
      hearing.set(who.agent, mine);
      hear(who.agent, mine)
        .catch((problem: unknown) => deps.log('error', 'late_answer_lost', { agent: who.agent, problem: String(problem) }))
        .finally(() => hearing.delete(who.agent));
    },
  };
}
export type LateOutcomes = ReturnType<typeof createLateOutcomes>;

/** Null: it says nothing that the record lacks. Pure. */
export function lateOutcome(
  who: LinkIdentity,
  { requestId, intent, outcome, isLateKnown }: RecordedRequest,
  { word, instance, at }: { readonly word: LateWord; readonly instance: InstanceId; readonly at: number },
): Attempt | 'not_signed' | null {
  const [asked, told] = [parseLeaf(intent.bytes), outcome && parseLeaf(outcome.bytes)];
  if (isLateKnown || !asked.ok || !told?.ok || told.value.outcome !== 'unknown') return null;
  const { type, tenant, agent, session, operator, command, reason } = asked.value;
  if (type !== 'remote_support_command' || tenant !== who.tenant || agent !== who.agent || !session) return null;
  if ((word.ok === true) === (word.code !== undefined) || word.code === 'command_timed_out') return null; // it does not know either
  const intentSha256 = toHex(leafHash(sha256, utf8(intent.bytes)));
  const signable = { instance, session: { id: session, tenant, agent }, requestId, intentSha256, publicKey: who.publicKey };
  if (!isSigned(signable, word)) return 'not_signed';
  return {
    at,
    type: 'remote_support_late_outcome',
    phase: 'fact',
    tenant,
    agent,
    session,
    requestId,
    operator: operator ?? 'unauthenticated',
    ...(command !== undefined && { command }),
    by: 'agent',
    reason: reason ?? '(no reason)',
    outcome: word.ok === true ? 'ok' : 'refused',
    ...(word.code !== undefined && { code: wordOfMachine(word.code) }),
    answer: { intentSha256, resultSha256: word.result_sha256, agentAt: word.at, agentSignature: word.signature },
  };
}

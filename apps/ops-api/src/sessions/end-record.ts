import type { Clock } from '@argus/kit/clock.ts';
import type { SessionId } from '@argus/protocol/ids.ts';
import type { ACTORS } from '@argus/protocol/leaf.ts';
import type { AnswerEvidence } from '../audit/attempt.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log, NodeSign, SignedWord } from '../ports.ts';
import type { EndedBy, Session } from './session.ts';

/**
 * Writes ends down: once each, with the time of the end, and again and again until the log takes it. Of several ends of
 * one session the first counts, here by asking only once, and between nodes because the store takes only one.
 */
export type Ending = {
  readonly by: EndedBy;
  readonly actor: (typeof ACTORS)[number];
  readonly operator?: string;
  readonly ip?: string;
  readonly reason?: string; // the session's own when nobody gave another
  readonly signed?: SignedWord & { readonly signature: string; readonly at: string }; // the agent said it first
  readonly onlyIfSilent?: NodeSign; //  only while that node shows no sign of life
};

export const RETRY_MS = 1_000;

export function createEndRecord({ clock, ledger, log }: { readonly clock: Clock; readonly ledger: Pick<Ledger, 'append'>; readonly log: Log }) {
  const unwritten = new Map<SessionId, Promise<boolean>>(); // the newest try of each
  const left = new Set<SessionId>(); // for another node to write, for now
  let isStopped = false;

  /** False: not yet. */
  async function tryOnce(session: Session, ending: Ending, at: number): Promise<boolean> {
    const { by, actor, signed, onlyIfSilent } = ending;
    const operator = ending.operator ?? null;
    const written = await ledger.append(
      {
        at,
        type: 'remote_support_session_ended',
        phase: 'fact',
        tenant: session.tenant,
        agent: session.agent,
        session: session.id,
        operator: operator ?? session.operator,
        ...(ending.ip !== undefined && { ip: ending.ip }),
        by: actor,
        reason: ending.reason ?? session.reason,
        outcome: 'ok',
        code: by,
        ...(signed && evidenceOf(signed)),
      },
      [{ do: 'end_session', id: session.id, at, by, who: { actor, operator }, ...(signed && { signed: { how: signed.how, agentAt: signed.agentAt } }), ...(onlyIfSilent && { onlyIfSilent }) }],
    );
    if (written.ok || written.error.code === 'session_expired') return true; // ended by somebody else is ended too
    const isLater = written.error.code === 'audit_unavailable';
    log('error', isLater ? 'session_end_not_recorded_yet' : 'session_end_refused', { session: session.id, problem: written.error.internal ?? null });
    return !isLater;
  }

  function attempt(session: Session, ending: Ending, at: number): Promise<boolean> {
    const trying = tryOnce(session, ending, at).then((isWritten) => {
      if (isWritten) unwritten.delete(session.id);
      else clock.after(RETRY_MS, () => void (isStopped || attempt(session, ending, at))); // the next start of this node ends what is left open
      return isWritten;
    });
    unwritten.set(session.id, trying);
    return trying;
  }

  return {
    /** Resolves after one try: true when the end is on record, false when it will be as soon as the log is back. */
    write: (session: Session, ending: Ending, at: number): Promise<boolean> => unwritten.get(session.id) ?? attempt(session, ending, at),
    /** Another node decided it and is writing it. When it has not by then, we do. */
    leave(session: Session, ending: Ending, withinMs: number): void {
      const at = clock.now();
      left.add(session.id);
      clock.after(withinMs, () => {
        left.delete(session.id);
        if (!isStopped) void this.write(session, ending, at);
      });
    },
    /** The try that is under way. */
    settled: async (session: SessionId): Promise<unknown> => unwritten.get(session),
    /** Its end is decided, and is not on record yet as far as we know. */
    isDecided: (session: SessionId): boolean => unwritten.has(session) || left.has(session),
    /** One try for each, so that a database that is gone keeps no process alive. */
    async stop(): Promise<void> {
      isStopped = true;
      await Promise.all(unwritten.values());
    },
  };
}
export type EndRecord = ReturnType<typeof createEndRecord>;

/** What the signature is over has to be in the entry, in the agent's own words: the code may be another. */
export const evidenceOf = ({ how, at, signature }: { readonly how: string; readonly at: string; readonly signature: string }) => ({
  args: { agent_said: how },
  answer: { agentAt: at, agentSignature: signature } satisfies AnswerEvidence,
});

import type { Clock } from '@argus/kit/clock.ts';
import type { AgentId, SessionId } from '@argus/protocol/ids.ts';
import type { LinkIdentity } from '../agents/link.ts';
import type { AgentEnded } from '../agents/switchboard.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { EndingStore, Log, SessionStore } from '../ports.ts';
import { RETRY_MS, evidenceOf, type EndRecord } from './end-record.ts';
import { ENDINGS, type EndedBy, type Session } from './session.ts';

/**
 * The agent's signed last word on a session completes the record of its end, however late it comes. One that does not
 * come in time is an alarm, on record once. Neither is a second end.
 */
export type LastWordDeps = {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly sessions: Pick<SessionStore, 'byId'>;
  readonly endings: Pick<EndingStore, 'withoutLastWord'>;
  readonly ends: Pick<EndRecord, 'settled' | 'isDecided'>;
  /** For a session that is open, though not here: nobody knew it had ended. */
  readonly end: (session: Session, said: AgentEnded) => void;
  readonly log: Log;
};
const AT_ONCE = 100;

export function createLastWords(deps: LastWordDeps) {
  const { clock, ledger, log } = deps;
  const known = new Map<AgentId, SessionId>(); // agents say it again on every new line
  let isStopped = false;

  const base = (session: Session, at: number) =>
    ({ at, phase: 'fact', tenant: session.tenant, agent: session.agent, session: session.id, operator: session.operator, reason: session.reason }) as const;

  /** False: not yet. */
  async function record(who: LinkIdentity, said: AgentEnded): Promise<boolean> {
    await deps.ends.settled(said.session);
    const session = await deps.sessions.byId(said.session);
    if (session?.agent !== who.agent || session.tenant !== who.tenant) return true; // not its session
    if (session.state !== 'ended') {
      if (deps.ends.isDecided(session.id)) return false;
      deps.end(session, said);
      return true;
    }
    if (session.lastWord.is === 'signed') return true;
    const at = clock.now();
    const written = await ledger.append(
      { ...base(session, at), type: 'remote_support_session_closed', by: 'agent', outcome: 'ok', code: wordOf(said.how), ...evidenceOf(said) },
      [{ do: 'close_session', id: session.id, at, signed: { how: said.how, agentAt: Date.parse(said.at) } }],
    );
    if (!written.ok && written.error.code !== 'session_expired') {
      log('warn', 'last_word_not_recorded_yet', { session: session.id, problem: written.error.internal ?? null });
      return written.error.code !== 'audit_unavailable';
    }
    return true;
  }

  return {
    /** The signature has been checked. */
    async take(who: LinkIdentity, said: AgentEnded): Promise<void> {
      if (known.get(who.agent) === said.session) return;
      const isDone = await record(who, said).catch((problem: unknown) => {
        log('warn', 'last_word_not_recorded_yet', { session: said.session, problem: String(problem) });
        return false;
      });
      if (isDone) known.set(who.agent, said.session);
      else clock.after(RETRY_MS, () => void (isStopped || this.take(who, said)));
    },

    /** Those that are due and missing. Any node may find them; the store takes each once. */
    async failOverdue(): Promise<void> {
      const at = clock.now();
      for (const session of await deps.endings.withoutLastWord(at, AT_ONCE)) {
        const written = await ledger.append(
          { ...base(session, at), type: 'remote_support_session_failed_to_close', by: 'server', outcome: 'unknown' },
          [{ do: 'fail_to_close', id: session.id, at }],
        );
        if (written.ok) log('error', 'session_failed_to_close', { tenant: session.tenant, agent: session.agent, session: session.id });
      }
    },
    stop: () => void (isStopped = true),
  };
}

/** A newer agent may have words of its own; they stay in the entry as it said them. */
const wordOf = (how: string): EndedBy => (Object.hasOwn(ENDINGS, how) ? (how as EndedBy) : 'agent_lost');

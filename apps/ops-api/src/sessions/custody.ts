import type { Clock } from '@argus/kit/clock.ts';
import { verifyValue } from '@argus/keys/signature.ts';
import type { AgentId, CredentialId, InstanceId, NodeId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { SignedEnd } from '@argus/protocol/signed.ts';
import type { AgentEnded, SessionWatch, Switchboard } from '../agents/switchboard.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { EndingStore, Log, SessionStore } from '../ports.ts';
import { createEndRecord, type Ending } from './end-record.ts';
import { createLastWords } from './last-word.ts';
import { isLive, type EndedBy, type Session } from './session.ts';

export type { Ending } from './end-record.ts';

/**
 * Keeps the live sessions whose agents are on our lines, and ends them. Ending never waits for the log: the agent is
 * told first, then the end is written, and written again until it is there; the store takes it exactly once. Nor does
 * anybody wait for the log to come back: whoever ends a session hears whether it is on record yet.
 */
export type CustodyDeps = {
  readonly clock: Clock;
  readonly instance: InstanceId;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly sessions: Pick<SessionStore, 'openOf' | 'openOfTenant' | 'openOfToken' | 'leftOpenBy' | 'byId'>;
  readonly endings: Pick<EndingStore, 'withoutLastWord'>;
  readonly lines: Pick<Switchboard, 'line'>;
  readonly log: Log;
};

/** What only the machine can know of an end. Anything else it says is that it is gone. */
const AGENT_SAYS: readonly EndedBy[] = ['expired', 'tenant_kill_switch', 'consent_withdrawn'];

/** How long an agent may be gone before its session is over: the lease it holds itself. */
export const LEASE_MS = 15_000;
/** Another node decided it and writes the end; this long it may take before we do. */
export const OTHERS_WRITE_WITHIN_MS = 2_000;

type Held = { readonly session: Session; readonly cancelExpiry: () => void; cancelLoss: () => void };

export function createCustody(deps: CustodyDeps) {
  const { clock } = deps;
  const held = new Map<SessionId, Held>();
  const byAgent = new Map<AgentId, SessionId>();
  const closing = new Map<TenantId | AgentId | CredentialId, number>(); // whose door is being shut: nothing of theirs is live any more
  const ends = createEndRecord(deps);
  const lastWords = createLastWords({ ...deps, ends, end: (session, said) => void end(session, endingSaidBy(said)) });

  function release(session: Session): void {
    const one = held.get(session.id);
    if (!one) return;
    one.cancelExpiry();
    one.cancelLoss();
    held.delete(session.id);
    if (byAgent.get(session.agent) === session.id) byAgent.delete(session.agent);
  }

  /** From here on it is not live on this node, whatever is written where. */
  function letGo(session: Session, how: EndedBy): void {
    release(session);
    deps.lines.line(session.agent)?.tell({ type: 'deactivate', session: session.id, why: how });
  }

  /** Resolves after one try: true when the end is on record, false when it will be as soon as the log is back. */
  function end(session: Session, ending: Ending): Promise<boolean> {
    const now = clock.now();
    // What somebody ends after its time was up had ended by itself.
    const isOverdue = now >= session.expiresAt && !ending.signed;
    const how: Ending = isOverdue ? { by: 'expired', actor: 'server', ...(ending.onlyIfSilent && { onlyIfSilent: ending.onlyIfSilent }) } : ending;
    letGo(session, how.by);
    return ends.write(session, how, isOverdue ? session.expiresAt : now);
  }

  const endLost = (session: Session) => void end(session, { by: 'agent_lost', actor: 'server' });
  const loss = (session: Session) => clock.after(LEASE_MS, () => endLost(session));
  const heldOf = (agent: AgentId): Held | undefined => held.get(byAgent.get(agent) ?? ('' as SessionId)); // '' is nobody's

  const isClosing = ({ tenant, agent, tokenId }: Session) => closing.has(tenant) || closing.has(agent) || closing.has(tokenId);
  const isHeldLive = (id: SessionId): boolean => {
    const one = held.get(id);
    return one !== undefined && !isClosing(one.session) && isLive(one.session, clock.now());
  };

  /** An agent came with a session that is not ours: over, or another node's, which it has left. A session does not move. */
  async function putToSleep(agent: AgentId, holding: SessionId): Promise<void> {
    const session = await deps.sessions.byId(holding).catch(() => null);
    const isOpen = session?.agent === agent && session.state !== 'ended';
    if (isOpen && !ends.isDecided(holding) && !held.has(holding)) return endLost(session);
    const how = session?.state === 'ended' ? session.endedBy : 'server_shutdown';
    deps.lines.line(agent)?.tell({ type: 'deactivate', session: holding, why: how });
  }

  const watch: SessionWatch = {
    epochOf: (id) => (isHeldLive(id) ? (held.get(id)?.session.epoch ?? null) : null),
    lineLost(agent) {
      const one = heldOf(agent);
      if (one) one.cancelLoss = loss(one.session);
    },
    lineBack(agent, holding) {
      const one = heldOf(agent);
      one?.cancelLoss();
      if (one && one.session.id !== holding) endLost(one.session); // it restarted: dormant by itself
      if (holding !== null && one?.session.id !== holding) void putToSleep(agent, holding);
    },
    agentEnded(who, said) {
      const { agent, tenant, publicKey } = who;
      const { session, how, at, signature } = said;
      const one = held.get(session);
      const isHeld = one?.session.agent === agent;
      const signed: SignedEnd = { instance: deps.instance, tenant, agent, session, how, at };
      const isSigned = verifyValue(publicKey, 'end', signed, signature);
      if (!isSigned) deps.log('warn', 'agent_end_not_signed', { agent, session });
      if (isHeld) void end(one.session, isSigned ? endingSaidBy(said) : { by: 'agent_lost', actor: 'agent' });
      else if (isSigned) void lastWords.take(who, said);
    },
  };

  return {
    watch,
    /** Asked before a command leaves and before its result is given out: an end beats everything in flight. */
    isLive: isHeldLive,
    count: () => held.size,
    /** From this moment, before anything is written or looked up. The answer takes it back, for when nothing came of it. */
    beginClosing(whose: TenantId | AgentId | CredentialId): () => void {
      closing.set(whose, (closing.get(whose) ?? 0) + 1);
      return () => {
        const left = (closing.get(whose) ?? 1) - 1;
        if (left > 0) closing.set(whose, left);
        else closing.delete(whose);
      };
    },
    hold(session: Session): void {
      const cancelExpiry = clock.after(session.expiresAt - clock.now(), () => void end(session, { by: 'expired', actor: 'server' }));
      // The line may have broken in the moment between the agent's answer and now; nobody would tell us again.
      const isGone = deps.lines.line(session.agent) === null;
      held.set(session.id, { session, cancelExpiry, cancelLoss: isGone ? loss(session) : () => undefined });
      byAgent.set(session.agent, session.id);
    },
    /** What is live here. */
    held: (): readonly Session[] => [...held.values()].map(({ session }) => session),
    end,
    letGo,
    /** Another node decided it: over here at once, and written by us only if that node does not. */
    leaveToOthers(session: Session, ending: Ending): void {
      ends.leave(session, ending, OTHERS_WRITE_WITHIN_MS);
      letGo(session, ending.by);
    },
    async endAllOfTenant(tenant: TenantId, ending: Ending): Promise<void> {
      const open = await deps.sessions.openOfTenant(tenant);
      await Promise.all(open.map((session) => end(session, ending)));
    },
    /** What a token opened, wherever the lines are. */
    async endAllOfToken(token: CredentialId, ending: Ending): Promise<void> {
      const open = await deps.sessions.openOfToken(token);
      await Promise.all(open.map((session) => end(session, ending)));
    },

    /** The one open session of an agent, wherever its line is. Answers which it was. */
    async endOfAgent(agent: AgentId, ending: Ending): Promise<SessionId | null> {
      const open = await deps.sessions.openOf(agent);
      if (open) await end(open, ending);
      return open?.id ?? null;
    },
    /** What an earlier life of this node left open is over: nobody renewed its lease. */
    async endLeftovers(node: NodeId, epoch: number): Promise<void> {
      const open = await deps.sessions.leftOpenBy(node, epoch);
      await Promise.all(open.map((session) => end(session, { by: 'server_shutdown', actor: 'server' })));
    },
    /** This node is not to be relied on any more: everything it holds is over. */
    endAllHeld(): void {
      for (const { session } of held.values()) void end(session, { by: 'server_shutdown', actor: 'server' });
    },
    failOverdueLastWords: () => lastWords.failOverdue(),
    async shutDown(): Promise<void> {
      this.endAllHeld();
      lastWords.stop();
      await ends.stop();
    },
  };
}
export type Custody = ReturnType<typeof createCustody>;

const endingSaidBy = ({ how, at, signature }: AgentEnded): Ending => ({
  by: AGENT_SAYS.find((known) => known === how) ?? 'agent_lost',
  actor: how === 'tenant_kill_switch' || how === 'consent_withdrawn' ? 'tenant' : 'agent',
  signed: { how, agentAt: Date.parse(at), at, signature },
});

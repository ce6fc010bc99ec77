import type { Clock } from '@argus/kit/clock.ts';
import { verifyValue } from '@argus/keys/signature.ts';
import type { AgentId, InstanceId, NodeId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { ACTORS } from '@argus/protocol/leaf.ts';
import type { SignedEnd } from '@argus/protocol/signed.ts';
import type { SessionWatch, Switchboard } from '../agents/switchboard.ts';
import type { AnswerEvidence } from '../audit/attempt.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log, SessionStore } from '../ports.ts';
import { isLive, type EndedBy, type Session } from './session.ts';

/**
 * Keeps the live sessions whose agents are on our lines, and ends them. Ending never waits for the log: the agent is
 * told first, then the end is written, and written again until it is there; the store takes it exactly once. Nor does
 * anybody wait for the log to come back: whoever ends a session hears whether it is on record yet.
 */
export type CustodyDeps = {
  readonly clock: Clock;
  readonly instance: InstanceId;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly sessions: Pick<SessionStore, 'openOfTenant' | 'leftOpenBy' | 'byId'>;
  readonly lines: Pick<Switchboard, 'line'>;
  readonly log: Log;
};

export type Ending = {
  readonly by: EndedBy;
  readonly actor: (typeof ACTORS)[number];
  readonly operator?: string;
  readonly ip?: string;
  readonly reason?: string; // the session's own when nobody gave another
  readonly evidence?: AnswerEvidence;
};

/** What only the machine can know of an end. Anything else it says is that it is gone. */
const AGENT_SAYS: readonly EndedBy[] = ['expired', 'tenant_kill_switch'];

/** How long an agent may be gone before its session is over: the lease it holds itself. */
export const LEASE_MS = 15_000;
const RETRY_MS = 1_000;

type Held = { readonly session: Session; readonly cancelExpiry: () => void; cancelLoss: () => void };

export function createCustody(deps: CustodyDeps) {
  const held = new Map<SessionId, Held>();
  const byAgent = new Map<AgentId, SessionId>();
  const closing = new Map<TenantId, number>(); // tenants whose door is being shut: nothing of theirs is live any more
  const firstTries = new Set<Promise<boolean>>();
  let isShutDown = false;

  function release(session: Session): void {
    const one = held.get(session.id);
    if (!one) return;
    one.cancelExpiry();
    one.cancelLoss();
    held.delete(session.id);
    if (byAgent.get(session.agent) === session.id) byAgent.delete(session.agent);
  }

  /** False: not yet. The time is that of the end, however late it is written. */
  async function write(session: Session, ending: Ending, at: number): Promise<boolean> {
    const written = await deps.ledger.append(
      {
        at,
        type: 'remote_support_session_ended',
        phase: 'fact',
        tenant: session.tenant,
        agent: session.agent,
        session: session.id,
        operator: ending.operator ?? session.operator,
        ...(ending.ip !== undefined && { ip: ending.ip }),
        by: ending.actor,
        reason: ending.reason ?? session.reason,
        outcome: 'ok',
        code: ending.by,
        ...(ending.evidence && { answer: ending.evidence }),
      },
      [{ do: 'end_session', id: session.id, at, by: ending.by }],
    );
    if (written.ok || written.error.code === 'session_expired') return true; // ended by somebody else is ended too
    const isLater = written.error.code === 'audit_unavailable';
    deps.log('error', isLater ? 'session_end_not_recorded_yet' : 'session_end_refused', { session: session.id, problem: written.error.internal ?? null });
    return !isLater;
  }

  function tryAgain(session: Session, ending: Ending, at: number): void {
    deps.clock.after(RETRY_MS, () => {
      if (isShutDown) return; // the next start of this node ends what is left open
      void write(session, ending, at).then((isWritten) => isWritten || tryAgain(session, ending, at));
    });
  }

  /** Resolves after one try: true when the end is on record, false when it will be as soon as the log is back. */
  function end(session: Session, ending: Ending): Promise<boolean> {
    release(session);
    deps.lines.line(session.agent)?.tell({ type: 'deactivate', session: session.id, why: ending.by });
    const at = deps.clock.now();
    const trying = write(session, ending, at).finally(() => firstTries.delete(trying));
    firstTries.add(trying);
    void trying.then((isWritten) => isWritten || tryAgain(session, ending, at));
    return trying;
  }

  const endLost = (session: Session) => void end(session, { by: 'agent_lost', actor: 'server' });
  const loss = (session: Session) => deps.clock.after(LEASE_MS, () => endLost(session));

  const isHeldLive = (id: SessionId): boolean => {
    const one = held.get(id);
    return one !== undefined && !closing.has(one.session.tenant) && isLive(one.session, deps.clock.now());
  };

  const watch: SessionWatch = {
    epochOf: (id) => (isHeldLive(id) ? (held.get(id)?.session.epoch ?? null) : null),
    lineLost(agent) {
      const one = held.get(byAgent.get(agent) ?? ('' as SessionId)); // '' is nobody's
      if (one) one.cancelLoss = loss(one.session);
    },
    lineBack(agent, holding) {
      const one = held.get(byAgent.get(agent) ?? ('' as SessionId));
      // One we do not hold is over here: an earlier life of ours had it.
      if (!one) return void (holding && deps.lines.line(agent)?.tell({ type: 'deactivate', session: holding, why: 'server_shutdown' }));
      one.cancelLoss();
      if (one.session.id !== holding) endLost(one.session); // it restarted: dormant by itself
    },
    agentEnded({ agent, tenant, publicKey }, { session, how, at, signature }) {
      const one = held.get(session);
      if (one?.session.agent !== agent) return; // ended here already, and it says so too
      const signed: SignedEnd = { instance: deps.instance, tenant, agent, session, how, at };
      const isSigned = verifyValue(publicKey, 'end', signed, signature);
      if (!isSigned) deps.log('warn', 'agent_end_not_signed', { agent, session });
      const by = (isSigned && AGENT_SAYS.find((known) => known === how)) || 'agent_lost';
      void end(one.session, { by, actor: 'agent', ...(isSigned && { evidence: { agentAt: at, agentSignature: signature } }) });
    },
  };

  return {
    watch,
    /** Asked before a command leaves and before its result is given out: an end beats everything in flight. */
    isLive: isHeldLive,
    count: () => held.size,
    /** From this moment, before anything is written or looked up. The answer takes it back, for when nothing came of it. */
    beginClosing(tenant: TenantId): () => void {
      closing.set(tenant, (closing.get(tenant) ?? 0) + 1);
      return () => {
        const left = (closing.get(tenant) ?? 1) - 1;
        if (left > 0) closing.set(tenant, left);
        else closing.delete(tenant);
      };
    },
    hold(session: Session): void {
      const cancelExpiry = deps.clock.after(session.expiresAt - deps.clock.now(), () => void end(session, { by: 'expired', actor: 'server' }));
      // The line may have broken in the moment between the agent's answer and now; nobody would tell us again.
      const isGone = deps.lines.line(session.agent) === null;
      held.set(session.id, { session, cancelExpiry, cancelLoss: isGone ? loss(session) : () => undefined });
      byAgent.set(session.agent, session.id);
    },
    end,
    async endAllOfTenant(tenant: TenantId, ending: Ending): Promise<void> {
      const open = await deps.sessions.openOfTenant(tenant);
      await Promise.all(open.map((session) => end(session, ending)));
    },
    /** What an earlier life of this node left open is over: nobody renewed its lease. */
    async endLeftovers(node: NodeId, epoch: number): Promise<void> {
      const open = await deps.sessions.leftOpenBy(node, epoch);
      await Promise.all(open.map((session) => end(session, { by: 'server_shutdown', actor: 'server' })));
    },
    /** One try for each, so that a database that is gone keeps no process alive. */
    async shutDown(): Promise<void> {
      isShutDown = true;
      for (const { session } of held.values()) void end(session, { by: 'server_shutdown', actor: 'server' });
      await Promise.all(firstTries);
    },
  };
}
export type Custody = ReturnType<typeof createCustody>;

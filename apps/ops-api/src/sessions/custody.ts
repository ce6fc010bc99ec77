import type { Clock } from '@argus/kit/clock.ts';
import type { AgentId, NodeId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { ACTORS } from '@argus/protocol/leaf.ts';
import type { SessionWatch, Switchboard } from '../agents/switchboard.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log, SessionStore } from '../ports.ts';
import { isLive, type EndedBy, type Session } from './session.ts';

/**
 * Keeps the live sessions whose agents are on our lines, and ends them. Ending never waits for the log: the agent is
 * told first, then the end is written, and written again until it is there; the store takes it exactly once.
 */
export type CustodyDeps = {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly sessions: Pick<SessionStore, 'openOfTenant' | 'leftOpenBy' | 'byId'>;
  readonly lines: Pick<Switchboard, 'line'>;
  readonly log: Log;
};

export type Ending = { readonly by: EndedBy; readonly actor: (typeof ACTORS)[number]; readonly operator?: string; readonly ip?: string };

/** How long an agent may be gone before its session is over: the lease it holds itself. */
export const LEASE_MS = 15_000;
const RETRY_MS = 1_000;

type Held = { readonly session: Session; readonly cancelExpiry: () => void; cancelLoss: () => void };

export function createCustody(deps: CustodyDeps) {
  const held = new Map<SessionId, Held>();
  const byAgent = new Map<AgentId, SessionId>();
  const writing = new Set<Promise<void>>();

  function release(session: Session): void {
    const one = held.get(session.id);
    if (!one) return;
    one.cancelExpiry();
    one.cancelLoss();
    held.delete(session.id);
    if (byAgent.get(session.agent) === session.id) byAgent.delete(session.agent);
  }

  async function write(session: Session, ending: Ending): Promise<void> {
    for (;;) {
      const now = deps.clock.now();
      const written = await deps.ledger.append(
        {
          at: now,
          type: 'remote_support_session_ended',
          phase: 'fact',
          tenant: session.tenant,
          agent: session.agent,
          session: session.id,
          operator: ending.operator ?? session.operator,
          ...(ending.ip !== undefined && { ip: ending.ip }),
          by: ending.actor,
          reason: session.reason,
          outcome: 'ok',
          code: ending.by,
        },
        [{ do: 'end_session', id: session.id, at: now, by: ending.by }],
      );
      if (written.ok || written.error.code !== 'audit_unavailable') return; // ended by somebody else is ended too
      deps.log('error', 'session_end_not_recorded_yet', { session: session.id, problem: written.error.internal ?? null });
      await new Promise<void>((resolve) => deps.clock.after(RETRY_MS, resolve));
    }
  }

  function end(session: Session, ending: Ending): Promise<void> {
    release(session);
    deps.lines.line(session.agent)?.tell({ type: 'deactivate', session: session.id, why: ending.by });
    const done = write(session, ending).finally(() => writing.delete(done));
    writing.add(done);
    return done;
  }

  const endLost = (session: Session) => void end(session, { by: 'agent_lost', actor: 'server' });

  const watch: SessionWatch = {
    epochOf(id) {
      const one = held.get(id);
      return one && isLive(one.session, deps.clock.now()) ? one.session.epoch : null;
    },
    lineLost(agent) {
      const one = held.get(byAgent.get(agent) ?? ('' as SessionId)); // '' is nobody's
      if (one) one.cancelLoss = deps.clock.after(LEASE_MS, () => endLost(one.session));
    },
    lineBack(agent, holding) {
      const one = held.get(byAgent.get(agent) ?? ('' as SessionId));
      if (!one) return;
      one.cancelLoss();
      if (one.session.id !== holding) endLost(one.session); // it restarted: dormant by itself
    },
  };

  return {
    watch,
    hold(session: Session): void {
      const cancelExpiry = deps.clock.after(session.expiresAt - deps.clock.now(), () => void end(session, { by: 'expired', actor: 'server' }));
      held.set(session.id, { session, cancelExpiry, cancelLoss: () => undefined });
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
    async shutDown(): Promise<void> {
      await Promise.all([...held.values()].map(({ session }) => end(session, { by: 'server_shutdown', actor: 'server' })));
      await Promise.all(writing);
    },
  };
}
export type Custody = ReturnType<typeof createCustody>;

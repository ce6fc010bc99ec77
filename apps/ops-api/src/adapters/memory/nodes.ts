import type { AgentId, NodeId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { Agent } from '../../agents/agent.ts';
import type { Change, NodeStore, PatRow } from '../../ports.ts';
import type { Session } from '../../sessions/session.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { PeopleState } from './people.ts';

/** What other stores keep and this one has to see. */
type Watched = {
  readonly tenants: ReadonlyMap<TenantId, Pick<Tenant, 'armed' | 'consent'>>;
  readonly agents: ReadonlyMap<AgentId, Agent>;
  readonly sessions: ReadonlyMap<SessionId, Session>;
  readonly pats: ReadonlyMap<string, Pick<PatRow, 'tokenId' | 'revokedAt'>>;
  readonly people: Pick<PeopleState, 'logins'>;
  readonly epochs: Map<NodeId, number>;
  readonly beats: Map<NodeId, number>;
};

export function memoryNodes(now: () => Watched) {
  const changes: Change[] = [];
  const places = new Map<AgentId, NodeId>();
  const beatenAt = new Map<NodeId, number>();
  const isRevoked = (agent: AgentId) => now().agents.get(agent)?.revokedAt !== null;

  const store: NodeStore = {
    async beat(node, epoch, at) {
      const { epochs, beats } = now();
      if ((epochs.get(node) ?? epoch) !== epoch) return false;
      epochs.set(node, epoch);
      beats.set(node, (beats.get(node) ?? 0) + 1);
      beatenAt.set(node, at);
      return true;
    },
    async othersWithSessions(than) {
      const { sessions, epochs, beats } = now();
      const busy = new Set([...sessions.values()].filter((s) => s.state !== 'ended' && s.node !== than && epochs.has(s.node)).map((s) => s.node));
      return [...busy].map((node) => ({ node, epoch: epochs.get(node) ?? 0, beat: beats.get(node) ?? 0 }));
    },
    async place(agent, node) {
      if (!now().agents.has(agent)) return 'revoked';
      const before = places.get(agent);
      places.set(agent, node);
      if (before !== undefined && before !== node) changes.push({ kind: 'agent_moved', agent });
      return isRevoked(agent) ? 'revoked' : 'welcome';
    },
    async notHere(node, agents) {
      const known = agents.filter((agent) => now().agents.has(agent));
      const gone = known.filter((agent) => isRevoked(agent) || (places.get(agent) ?? node) !== node);
      return gone.map((agent) => ({ agent, why: isRevoked(agent) ? 'revoked' : 'moved' }));
    },
    async follow() {
      let at = changes.length;
      return {
        async next() {
          const news = changes.slice(at);
          at = changes.length;
          return news;
        },
      };
    },
    forget: async () => undefined, // it lives no longer than a test
  };

  /** As the triggers of PostgreSQL and the revocation of a token do it. */
  function note(before: Watched, after: Watched): void {
    for (const [session, { state }] of after.sessions) {
      const was = before.sessions.get(session);
      if (was && was.state !== 'ended' && state === 'ended') changes.push({ kind: 'session_ended', session });
    }
    for (const [tenant, { armed, consent }] of after.tenants) {
      const was = before.tenants.get(tenant);
      if ((was?.armed && !armed) || (was?.consent && !consent)) changes.push({ kind: 'tenant_shut', tenant });
    }
    for (const [secret, { tokenId, revokedAt }] of after.pats) {
      if (revokedAt === null || before.pats.get(secret)?.revokedAt !== null) continue;
      for (const [session, { tokenId: opener, state }] of after.sessions) if (opener === tokenId && state !== 'ended') changes.push({ kind: 'session_ended', session });
    }
    for (const [login, { endedAt }] of after.people.logins) {
      if (endedAt === null || before.people.logins.get(login)?.endedAt !== null) continue;
      for (const [session, { tokenId: opener, state }] of after.sessions) if (opener === login && state !== 'ended') changes.push({ kind: 'session_ended', session });
    }
    for (const [agent, { revokedAt }] of after.agents) if (before.agents.get(agent)?.revokedAt === null && revokedAt !== null) changes.push({ kind: 'agent_revoked', agent });
  }
  return { store, note, beatenAt };
}

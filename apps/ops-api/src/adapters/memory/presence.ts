import type { AgentId, ConnectionId, NodeId, SessionId } from '@argus/protocol/ids.ts';
import { NODE_ALIVE_MS, STATE_ORDER, type AgentSeen, type Asking, type Came, type PresenceStore } from '../../agents/presence.ts';
import { isLive, type Session } from '../../sessions/session.ts';
import type { Agent } from '../../agents/agent.ts';

type Watched = {
  readonly agents: ReadonlyMap<AgentId, Agent>;
  readonly sessions: ReadonlyMap<SessionId, Session>;
  readonly epochs: ReadonlyMap<NodeId, number>;
  readonly beatenAt: ReadonlyMap<NodeId, number>;
};
type Line = Came & { readonly wentAt: number | null };

const KEYS: Readonly<Record<string, (agent: AgentSeen) => string | number>> = {
  agent: (a) => a.id,
  state: (a) => STATE_ORDER.indexOf(a.state),
  tenant: (a) => a.tenant,
  version: (a) => a.version ?? '',
  platform: (a) => a.platform ?? '',
  seen: (a) => a.lastSeenAt ?? Number.NEGATIVE_INFINITY,
};
const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

export function memoryPresence(now: () => Watched): PresenceStore {
  const lines = new Map<ConnectionId, Line>();
  const isOf = (line: Line, agent: AgentId) => line.agent === agent;
  /** Nobody saw it go, and its node is alive in the life it came in. */
  const isThere = (line: Line, { node, now: at }: Pick<Asking, 'node' | 'now'>): boolean =>
    line.wentAt === null && now().epochs.get(line.node) === line.epoch && (line.node === node || (now().beatenAt.get(line.node) ?? Number.NEGATIVE_INFINITY) > at - NODE_ALIVE_MS);

  function seen(agent: Agent, by: Asking): AgentSeen {
    const there = [...lines.values()].filter((line) => isOf(line, agent.id) && isThere(line, by));
    const isOn = agent.revokedAt === null && there.length > 0;
    const session = [...now().sessions.values()].find((s) => s.agent === agent.id && isLive(s, by.now));
    return {
      ...agent,
      state: agent.revokedAt !== null ? 'revoked' : isOn ? 'online' : agent.keys ? 'offline' : 'code_issued',
      line: isOn ? (there.some((line) => line.node === by.node && line.epoch === by.epoch) ? 'here' : 'another_node') : null,
      session: there.length > 0 ? (session?.id ?? null) : null,
    };
  }
  const all = (by: Asking) => [...now().agents.values()].map((agent) => seen(agent, by));

  return {
    async note(came, went) {
      for (const line of came) if (!lines.has(line.connection)) lines.set(line.connection, { ...line, wentAt: null });
      for (const { connection, at } of went) {
        const line = lines.get(connection);
        if (line?.wentAt === null) lines.set(connection, { ...line, wentAt: Math.max(line.at, at) });
      }
    },
    async page({ tenants, agent, words, state, sort, order, offset, limit }, by) {
      const fitting = all(by).filter(
        (a) =>
          (tenants === null || tenants.includes(a.tenant)) &&
          (agent === undefined || a.id === agent) &&
          words.every((word) => [a.id, a.tenant, a.version, a.platform].filter((text) => text !== null).join(' ').toLowerCase().includes(word)) &&
          (state === undefined || (state === 'in_session' ? a.session !== null : a.state === state)),
      );
      const key = KEYS[sort] ?? (() => '');
      const sorted = fitting.toSorted((a, b) => compare(key(a), key(b)) * (order === 'up' ? 1 : -1) || compare(a.id, b.id));
      return { agents: sorted.slice(offset, limit === null ? undefined : offset + limit), total: fitting.length };
    },
    async counts(tenants, by) {
      const counted = all(by).filter((a) => a.state !== 'revoked' && (tenants === null || tenants.includes(a.tenant)));
      return [...Map.groupBy(counted, (a) => a.tenant)]
        .map(([tenant_id, of]) => ({ tenant_id, agents: of.length, online: of.filter((a) => a.line !== null).length, in_session: of.filter((a) => a.session !== null).length }))
        .toSorted((a, b) => compare(a.tenant_id, b.tenant_id));
    },
    async lines(agent, since, limit) {
      const { epochs, beatenAt } = now();
      return [...lines.values()]
        .filter((line) => isOf(line, agent))
        .map((line) => ({ cameAt: line.at, wentAt: line.wentAt ?? (epochs.get(line.node) === line.epoch ? null : Math.max(line.at, beatenAt.get(line.node) ?? line.at)) }))
        .filter(({ wentAt }) => wentAt === null || wentAt >= since)
        .toSorted((a, b) => b.cameAt - a.cameAt)
        .slice(0, limit);
    },
    async tidy({ node, epoch }, before) {
      for (const [connection, line] of lines) {
        const left = line.wentAt === null && line.node === node && line.epoch < epoch;
        const wentAt = left ? Math.max(line.at, now().beatenAt.get(node) ?? line.at) : line.wentAt;
        if (wentAt !== null && wentAt < before) lines.delete(connection);
        else if (left) lines.set(connection, { ...line, wentAt });
      }
    },
  };
}

import type { Clock } from '@argus/kit/clock.ts';
import { isId, type AgentId, type NodeId, type SessionId } from '@argus/protocol/ids.ts';
import type { Switchboard } from '../agents/switchboard.ts';
import type { TurnAway } from '../agents/turn-away.ts';
import type { Change, ChangeReader, Log, NodeStore, PatStore, SessionStore, TenantStore } from '../ports.ts';
import type { LoginStore } from '../people/store.ts';
import type { Custody } from '../sessions/custody.ts';
import type { EndedBy, Session } from '../sessions/session.ts';

/**
 * What any node decides holds on this one within a second. A change only says where to look: what is done follows from
 * the row as it is now. So a change that is read twice does nothing, and after one that may have been missed we look at
 * everything we hold.
 */
export type WatchDeps = {
  readonly clock: Clock;
  readonly node: { readonly id: NodeId };
  readonly nodes: Pick<NodeStore, 'follow' | 'notHere' | 'place'>;
  readonly sessions: Pick<SessionStore, 'byId' | 'isStanding'>;
  readonly tenants: Pick<TenantStore, 'byId'>;
  readonly pats: Pick<PatStore, 'byId'>;
  readonly logins: Pick<LoginStore, 'byId'>;
  readonly lines: Pick<Switchboard, 'line' | 'agents'>;
  readonly custody: Pick<Custody, 'held' | 'end' | 'letGo' | 'leaveToOthers'>;
  readonly turnAway: TurnAway;
  readonly log: Log;
};

/** With the last line of a revoked agent (300 ms) well within a second. */
export const LOOK_EVERY_MS = 400;
/** After a pause this long (a suspended machine), changes may have been forgotten before we read them. */
const PAUSE_MS = 60_000;

export function createWatch(deps: WatchDeps) {
  const { clock, nodes, lines, custody, log } = deps;
  const node = deps.node.id;
  const unplaced = new Set<AgentId>(); // arrived here, and the others do not know it yet
  let reader: ChangeReader | null = null;
  let isBehind = true; // something may have passed us by
  let isTroubled = false;
  let lookedAt = clock.now();
  let cancel = () => {};
  let isStopped = false;

  async function place(agent: AgentId): Promise<void> {
    const answer = await nodes.place(agent, node);
    unplaced.delete(agent);
    if (answer === 'revoked') deps.turnAway(agent); // it was revoked while it dialed in
  }

  async function lookAtAgents(agents: readonly AgentId[]): Promise<void> {
    const settled = agents.filter((agent) => !unplaced.has(agent));
    if (settled.length === 0) return;
    for (const { agent, why } of await nodes.notHere(node, settled)) {
      if (unplaced.has(agent)) continue; // it came back while we asked
      const session = custody.held().find((s) => s.agent === agent);
      if (why === 'revoked') {
        if (session) custody.leaveToOthers(session, { by: 'agent_revoked', actor: 'server' });
        deps.turnAway(agent);
      } else {
        // A session does not move: its agent is on another line by now, and so is over here.
        if (session) void custody.end(session, { by: 'agent_lost', actor: 'server' });
        lines.line(agent)?.drop('connection_replaced');
      }
    }
  }

  /** When what it was opened with stopped to open anything; null: it does, or nobody knows of it. */
  async function revokedAt({ tokenId }: Session): Promise<number | null> {
    if (isId('login', tokenId)) return (await deps.logins.byId(tokenId))?.endedAt ?? null;
    return isId('token', tokenId) ? ((await deps.pats.byId(tokenId))?.revokedAt ?? null) : null;
  }

  async function lookAtSession(session: Session): Promise<void> {
    const [now, tenant, token, isStanding] = await Promise.all([
      deps.sessions.byId(session.id),
      deps.tenants.byId(session.tenant),
      revokedAt(session),
      deps.sessions.isStanding(session.id),
    ]);
    if (now?.state === 'ended') return custody.letGo(session, now.endedBy);
    const isRevoked = token !== null;
    // What was shut and armed again meanwhile is found out by `isStanding` alone.
    const why: EndedBy | null = !tenant?.consent ? 'consent_withdrawn' : !tenant.armed ? 'disarmed' : isRevoked ? 'deactivate' : isStanding ? null : 'disarmed';
    if (why) custody.leaveToOthers(session, { by: why, actor: 'server' });
  }

  async function lookAt(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    const held = custody.held();
    const agents = new Set<AgentId>();
    const sessions = new Map<SessionId, Session>();
    const add = (found: readonly Session[]) => found.forEach((s) => sessions.set(s.id, s));
    for (const change of changes) {
      if (change.kind === 'session_ended') add(held.filter((s) => s.id === change.session));
      else if (change.kind === 'tenant_shut') add(held.filter((s) => s.tenant === change.tenant));
      else if (lines.line(change.agent) || held.some((s) => s.agent === change.agent)) agents.add(change.agent);
    }
    await lookAtAgents([...agents]);
    for (const { id } of custody.held()) {
      const session = sessions.get(id);
      if (session) await lookAtSession(session);
    }
  }

  async function lookAtAll(): Promise<void> {
    const held = custody.held();
    await lookAtAgents([...new Set([...lines.agents(), ...held.map((s) => s.agent)])]);
    for (const session of custody.held()) await lookAtSession(session); // without those that ended just now
  }

  async function look(): Promise<void> {
    if (Math.abs(clock.now() - lookedAt) > PAUSE_MS) isBehind = true;
    try {
      reader ??= await nodes.follow();
      const changes = await reader.next();
      for (const agent of unplaced) await place(agent);
      await (isBehind ? lookAtAll() : lookAt(changes));
      isBehind = false;
      isTroubled = false;
      lookedAt = clock.now();
    } catch (problem) {
      isBehind = true;
      if (!isTroubled && !isStopped) log('warn', 'changes_not_read', { problem: String(problem) });
      isTroubled = true;
    }
  }

  async function goOn(): Promise<void> {
    await look();
    if (!isStopped) cancel = clock.after(LOOK_EVERY_MS, () => void goOn());
  }

  return {
    look,
    start: goOn,
    stop(): void {
      isStopped = true;
      cancel();
    },
    /** This agent's newest line is here. The node it was on before hears of it. */
    arrived(agent: AgentId): void {
      unplaced.add(agent);
      place(agent).catch((problem: unknown) => log('warn', 'line_not_placed_yet', { agent, problem: String(problem) }));
    },
  };
}
export type Watch = ReturnType<typeof createWatch>;

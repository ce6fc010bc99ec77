/** Where machines are, as the database knows it: for people who look. Whoever wants to act asks the switchboard of this node. */
import type { AgentCount, AgentsQuery } from '@argus/protocol/http/agents.ts';
import type { AgentView } from '@argus/protocol/http/shapes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import type { AgentId, ConnectionId, NodeId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { Agent } from './agent.ts';

/** A line that came; it went when a `Went` says so, or when its node is over. */
export type Came = { readonly agent: AgentId; readonly connection: ConnectionId; readonly node: NodeId; readonly epoch: number; readonly at: number };
export type Went = { readonly connection: ConnectionId; readonly at: number };
export type LineSpan = { readonly cameAt: number; readonly wentAt: number | null };

export type AgentSeen = Pick<Agent, 'id' | 'tenant' | 'version' | 'platform' | 'lastSeenAt'> & {
  readonly state: AgentView['state'];
  readonly line: AgentView['line'];
  readonly session: SessionId | null;
};
export type AgentsAsked = {
  readonly tenants: readonly TenantId[] | null; // null: all
  readonly agent?: AgentId;
  readonly words: readonly string[]; // in small letters; all of them have to be there
  readonly state: AgentsQuery['state'];
  readonly sort: AgentsQuery['sort'];
  readonly order: AgentsQuery['order'];
  readonly offset: number;
  readonly limit: number | null;
};
/** Who asks, and when: what is a line `here`, and what is over by now. */
export type Asking = { readonly node: NodeId; readonly epoch: number; readonly now: number };

export interface PresenceStore {
  /** All of it or nothing. What is known already, or of a line nobody knows, changes nothing. */
  note(came: readonly Came[], went: readonly Went[]): Promise<void>;
  page(asked: AgentsAsked, by: Asking): Promise<{ readonly agents: readonly AgentSeen[]; readonly total: number }>;
  /** Of agents that are not revoked, by tenant. */
  counts(tenants: readonly TenantId[] | null, by: Asking): Promise<readonly AgentCount[]>;
  /** Newest first, those that were there since then. A line whose node is over went when that node was last alive. */
  lines(agent: AgentId, since: number, limit: number): Promise<readonly LineSpan[]>;
  /** Ends what earlier lives of this node left open, and lets go of what went before then. */
  tidy(by: Pick<Asking, 'node' | 'epoch'>, before: number): Promise<void>;
}

export const seenView = ({ id, tenant, state, version, platform, lastSeenAt, line, session }: AgentSeen): AgentView => ({
  id,
  tenant_id: tenant,
  state,
  version,
  platform,
  last_seen: lastSeenAt === null ? null : isoTime(lastSeenAt),
  line,
  session,
});

/** The order in which states are listed. */
export const STATE_ORDER = ['online', 'offline', 'code_issued', 'revoked'] as const satisfies readonly AgentView['state'][];
/** A node that has shown no sign of life for this long has no lines any more. The same as its lease on sessions. */
export { NODE_LEASE_MS as NODE_ALIVE_MS } from '../nodes/lease.ts';

import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import { LINES_KEPT_DAYS, LINES_SHOWN_MAX, type AgentCount, type AgentLines, type AgentsQuery } from '@argus/protocol/http/agents.ts';
import type { AgentView } from '@argus/protocol/http/shapes.ts';
import type { AgentId, NodeId, TenantId } from '@argus/protocol/ids.ts';
import { MANIFEST_FRESH_MS } from '@argus/protocol/manifest.ts';
import { maySee } from '../people/principal.ts';
import type { AgentStore, TenantStore } from '../ports.ts';
import type { Actor } from '../tenants/create.ts';
import { refusalOfNamed } from '../tenants/named.ts';
import type { Agent } from './agent.ts';
import { askTogether } from './ask-together.ts';
import type { Comings } from './comings.ts';
import { seenView, type AgentsAsked, type Asking, type PresenceStore } from './presence.ts';
import { wordsAsked } from './words-asked.ts';

export type ShowAgentsDeps = {
  readonly clock: Clock;
  readonly node: { readonly id: NodeId; readonly epoch: number };
  readonly tenants: Pick<TenantStore, 'byId'>;
  readonly agents: Pick<AgentStore, 'byId'>;
  readonly presence: Pick<PresenceStore, 'page' | 'counts' | 'lines'>;
  readonly comings: Pick<Comings, 'written'>;
};

export type Capabilities = { readonly manifest: unknown; readonly taken_at: string | null; readonly stale: boolean };
type Agents = { readonly agents: readonly AgentView[]; readonly total: number };
const DAY_MS = 86_400_000;
const ONE: Omit<AgentsAsked, 'tenants'> = { words: [], state: undefined, sort: 'agent', order: 'up', offset: 0, limit: 1 };

/** Looking at machines. What has come or gone on this node is written first, so that nobody who looks is behind. */
export function makeShowAgents({ clock, node, tenants, agents, presence, comings }: ShowAgentsDeps) {
  async function asking(): Promise<Asking> {
    await comings.written();
    return { node: node.id, epoch: node.epoch, now: clock.now() };
  }
  /** To count is to look at every machine, and each console asks at each change. */
  const together = askTogether<readonly AgentCount[]>();
  async function visible({ principal }: Actor, id: AgentId): Promise<Result<Agent, Denial>> {
    const agent = await agents.byId(id);
    return agent && maySee(principal, agent.tenant) ? ok(agent) : err(deny('agent_not_found'));
  }
  async function one({ principal }: Actor, id: AgentId): Promise<Result<AgentView, Denial>> {
    const { agents: [found] } = await presence.page({ ...ONE, tenants: principal.tenants, agent: id }, await asking());
    return found ? ok(seenView(found)) : err(deny('agent_not_found'));
  }

  return {
    async list({ principal }: Actor, { tenant, q = '', state, sort, order, offset, limit }: AgentsQuery): Promise<Result<Agents, Denial>> {
      const denial = tenant && (await refusalOfNamed(tenants, principal, tenant));
      if (denial) return err(denial);
      const within: readonly TenantId[] | null = tenant === undefined ? principal.tenants : [tenant];
      const { agents: found, total } = await presence.page({ tenants: within, words: wordsAsked(q), state, sort, order, offset, limit: limit ?? null }, await asking());
      return ok({ agents: found.map(seenView), total });
    },
    async counts({ principal }: Actor): Promise<Result<{ tenants: readonly AgentCount[] }, Denial>> {
      return ok({ tenants: await together(JSON.stringify(principal.tenants), async () => presence.counts(principal.tenants, await asking())) });
    },
    show: one,
    /** When its line came and went. */
    async lines(actor: Actor, id: AgentId): Promise<Result<AgentLines, Denial>> {
      const agent = await visible(actor, id);
      if (!agent.ok) return agent;
      const { now } = await asking();
      const since = now - LINES_KEPT_DAYS * DAY_MS;
      const found = await presence.lines(id, since, LINES_SHOWN_MAX + 1);
      const lines = found.slice(0, LINES_SHOWN_MAX).map(({ cameAt, wentAt }) => ({ came_at: isoTime(cameAt), went_at: wentAt === null ? null : isoTime(wentAt) }));
      return ok({ agent_id: id, since: isoTime(since), now: isoTime(now), lines, more: found.length > LINES_SHOWN_MAX });
    },
    /** What the agent said of itself. Advisory, and marked when it is old. */
    async capabilities(actor: Actor, id: AgentId): Promise<Result<Capabilities, Denial>> {
      const [agent, seen] = [await visible(actor, id), await one(actor, id)];
      if (!agent.ok) return agent;
      const { manifest } = agent.value;
      const isOld = !manifest || clock.now() - manifest.takenAt > MANIFEST_FRESH_MS;
      return ok({
        manifest: manifest ? parseJson(manifest.text) : null,
        taken_at: manifest ? isoTime(manifest.takenAt) : null,
        stale: isOld || !seen.ok || seen.value.line === null,
      });
    },
  };
}

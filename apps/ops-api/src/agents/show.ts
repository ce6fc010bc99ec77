import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import type { AgentView } from '@argus/protocol/http/shapes.ts';
import type { AgentId, TenantId } from '@argus/protocol/ids.ts';
import { MANIFEST_FRESH_MS } from '@argus/protocol/manifest.ts';
import { maySee } from '../people/principal.ts';
import type { AgentStore, SessionStore, TenantStore } from '../ports.ts';
import { isLive } from '../sessions/session.ts';
import type { Actor } from '../tenants/create.ts';
import { refusalOfNamed } from '../tenants/named.ts';
import { agentView, type Agent } from './agent.ts';
import type { Switchboard } from './switchboard.ts';

export type ShowAgentsDeps = {
  readonly clock: Clock;
  readonly tenants: Pick<TenantStore, 'byId'>;
  readonly agents: Pick<AgentStore, 'byId' | 'list'>;
  readonly sessions: Pick<SessionStore, 'openOf'>;
  readonly lines: Pick<Switchboard, 'line'>;
};

export type Capabilities = { readonly manifest: unknown; readonly taken_at: string | null; readonly stale: boolean };

export function makeShowAgents({ clock, tenants, agents, sessions, lines }: ShowAgentsDeps) {
  async function view(agent: Agent): Promise<AgentView> {
    const online = lines.line(agent.id) !== null;
    const open = online ? await sessions.openOf(agent.id) : null;
    return agentView(agent, { online, session: open && isLive(open, clock.now()) ? open.id : null });
  }

  async function visible({ principal }: Actor, id: AgentId): Promise<Result<Agent, Denial>> {
    const agent = await agents.byId(id);
    return agent && maySee(principal, agent.tenant) ? ok(agent) : err(deny('agent_not_found'));
  }

  return {
    async list(actor: Actor, tenant: TenantId | null): Promise<Result<{ agents: readonly AgentView[] }, Denial>> {
      const denial = tenant && (await refusalOfNamed(tenants, actor.principal, tenant));
      if (denial) return err(denial);
      const all = await agents.list(tenant);
      return ok({ agents: await Promise.all(all.filter((a) => maySee(actor.principal, a.tenant)).map(view)) });
    },
    async show(actor: Actor, id: AgentId): Promise<Result<AgentView, Denial>> {
      const agent = await visible(actor, id);
      return agent.ok ? ok(await view(agent.value)) : agent;
    },
    /** What the agent said of itself. Advisory, and marked when it is old. */
    async capabilities(actor: Actor, id: AgentId): Promise<Result<Capabilities, Denial>> {
      const agent = await visible(actor, id);
      if (!agent.ok) return agent;
      const { manifest } = agent.value;
      const isOld = !manifest || clock.now() - manifest.takenAt > MANIFEST_FRESH_MS;
      return ok({
        manifest: manifest ? parseJson(manifest.text) : null,
        taken_at: manifest ? isoTime(manifest.takenAt) : null,
        stale: isOld || lines.line(id) === null,
      });
    },
  };
}

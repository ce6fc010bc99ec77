/** Where in this console a refusing gate is helped, beside what the server advises to type; null: nowhere. Of a consent, `consent-way` says it. */
import type { AgentId, TenantId } from '@argus/protocol/ids.ts';
import { paths } from '../paths.ts';

export type Way = { readonly path: string; readonly says: string };

export function wayOut(code: string | null, { tenant, agent }: { readonly tenant: TenantId; readonly agent: AgentId }): Way | null {
  if (code === 'tenant_not_armed') return { path: paths.tenant(tenant), says: `Arm ${tenant} on its own page` };
  return code === 'agent_offline' ? { path: paths.agent(agent), says: `How the line of ${agent} did lately` } : null;
}

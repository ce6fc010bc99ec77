/** Whom and what an alert is about, and where more of it is on record. Pure: what it does not know, is left out. */
import type { AlertView } from '@argus/protocol/http/alerts.ts';
import { queryOf } from '../audit/filters.ts';
import { paths } from '../paths.ts';

type About = { readonly name: string; readonly text: string; readonly at: string | null };

export function aboutOf({ tenant_id: tenant, agent_id: agent, operator, address }: Pick<AlertView, 'tenant_id' | 'agent_id' | 'operator' | 'address'>): readonly About[] {
  return [
    ...(tenant === null ? [] : [{ name: 'Tenant', text: tenant, at: paths.tenant(tenant) }]),
    ...(agent === null ? [] : [{ name: 'Agent', text: agent, at: tenant === null ? null : paths.agent(agent) }]), // without a tenant it only says it is one
    ...(operator === null ? [] : [{ name: 'Operator', text: operator, at: null }]),
    ...(address === null ? [] : [{ name: 'Address', text: address, at: null }]),
  ];
}

const HOUR_MS = 3_600_000;
/** Its session, or what the audit has of the same in that time. Null: it is about nothing that the audit has by name. */
export function recordOf({ session_id: session, tenant_id: tenant, agent_id: agent, operator, first_at: from, last_at: to }: AlertView): { readonly says: string; readonly at: string } | null {
  if (session !== null) return { says: 'The session', at: paths.session(session) };
  if (tenant === null && agent === null && operator === null) return null;
  const around = (at: string, by: number) => new Date(Date.parse(at) + by).toISOString();
  return { says: 'What the audit has of it', at: paths.audit(queryOf({ tenant: tenant ?? undefined, agent: agent ?? undefined, operator: operator ?? undefined, from: around(from, -HOUR_MS), to: around(to, HOUR_MS) })) };
}

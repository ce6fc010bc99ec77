import * as api from '@argus/client/requests.ts';
import type { TenantView } from '@argus/protocol/http/shapes.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { useArming } from '../modals/arming.tsx';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { Moment } from '../ui/moment.tsx';
import { Table, type Column } from '../ui/table.tsx';
import { tenantState } from '../words.ts';
import { Empty, Page, Shown } from './page.tsx';

type Row = TenantView & { readonly agents: number; readonly online: number; readonly lastSession: string | null };

export function TenantsPage() {
  const who = useWho();
  const tenants = useData(api.listTenants(), ['tenants']);
  const machines = useData(api.agentCounts(), ['agents']).data?.tenants ?? [];
  const sessions = useData(api.listSessions(), ['sessions']).data?.sessions ?? [];
  const arming = useArming();
  const all = tenants.data?.tenants ?? [];

  const counts = new Map(machines.map(({ tenant_id, agents, online }) => [tenant_id, { agents, online }] as const));
  const last = new Map<string, string>();
  for (const { tenant_id, created_at } of sessions) if ((last.get(tenant_id) ?? '') < created_at) last.set(tenant_id, created_at);
  const rows = all.map((tenant): Row => ({ ...tenant, ...(counts.get(tenant.id) ?? { agents: 0, online: 0 }), lastSession: last.get(tenant.id) ?? null }));

  const columns: readonly Column<Row>[] = [
    {
      key: 'tenant',
      title: 'TENANT',
      by: (row) => row.id,
      width: 'wide',
      cell: (row) => (
        <a className="cell-two" href={href(paths.tenant(row.id))}>
          <strong>{row.name}</strong>
          <span className="muted mono">{row.id}</span>
        </a>
      ),
    },
    {
      key: 'support',
      title: 'REMOTE SUPPORT',
      by: (row) => `${row.armed ? 0 : 1}${row.consent}`,
      says: (row) => `${row.armed} ${row.consent}`,
      cell: (row) => {
        const { tone, says } = tenantState(row);
        return (
          <span className="cell-two">
            <Badge tone={tone} dot={row.armed}>
              {says}
            </Badge>
            {row.armed_until ? (
              <span className="muted">
                ends <Moment at={row.armed_until} />
              </span>
            ) : row.consent === 'signed' ? null : (
              <span className="muted">
                <a href={href(paths.consent(row.id))}>Record a consent</a>
              </span>
            )}
          </span>
        );
      },
    },
    {
      key: 'agents',
      title: 'AGENTS',
      by: (row) => row.agents,
      says: (row) => `${row.online}/${row.agents}`,
      goes: 2,
      cell: (row) => (
        <a href={href(paths.agents(row.id))} className="numbers">
          {row.online} of {row.agents} online
        </a>
      ),
    },
    { key: 'activity', title: 'LAST ACTIVITY', by: (row) => row.lastSession ?? '', goes: 1, cell: (row) => <Moment at={row.lastSession} absent="no session yet" /> },
    {
      key: 'action',
      title: 'ACTION',
      width: 'narrow',
      cell: (row) => arming.button(row, 'small'),
    },
  ];
  return (
    <Page title={`TENANTS (${all.length} · ${all.filter(({ armed }) => armed).length} armed)`} more={who.scopes.includes('remote_support') ? 'Whom you support, and whose machines are open for a session.' : 'Whether a session can be opened on the machines, and when the last one was.'}>
      <Shown seen={tenants}>
        {() => <Table name="Tenants" columns={columns} rows={rows} idOf={(row) => row.id} sort={{ key: 'tenant', down: false }} empty={<Empty title="No tenants yet">argusctl tenant add makes the first one.</Empty>} />}
      </Shown>
      {arming.dialog}
    </Page>
  );
}

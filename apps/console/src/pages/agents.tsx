import { useDeferredValue, useMemo } from 'react';
import * as api from '@argus/client/requests.ts';
import type { AgentView } from '@argus/protocol/http/shapes.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { whyNot } from '../can.ts';
import { go, refine } from '../hash.ts';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Filter } from '../ui/filter.tsx';
import { Moment } from '../ui/moment.tsx';
import { Table, type Column } from '../ui/table.tsx';
import { agentState } from '../words.ts';
import { agentsIn } from './agents-in.ts';
import { Empty, Page, Shown } from './page.tsx';

const COLUMNS: readonly Column<AgentView>[] = [
  {
    key: 'agent',
    title: 'AGENT',
    by: (row) => row.id,
    width: 'wide',
    cell: (row) => (
      <a className="mono" href={href(paths.agent(row.id))}>
        {row.id}
      </a>
    ),
  },
  {
    key: 'state',
    title: 'STATE',
    by: (row) => ['online', 'offline', 'code_issued', 'revoked'].indexOf(row.state),
    says: (row) => `${row.state} ${row.session}`,
    cell: (row) => {
      const { tone, says } = agentState(row.state);
      return (
        <span className="cell-row">
          <Badge tone={tone} dot={row.state === 'online'}>
            {says}
          </Badge>
          {row.session ? (
            <a href={href(paths.session(row.session))}>
              <Badge tone="live" dot>
                In session
              </Badge>
            </a>
          ) : null}
        </span>
      );
    },
  },
  { key: 'tenant', title: 'TENANT', by: (row) => row.tenant_id, goes: 2, cell: (row) => <a className="mono" href={href(paths.tenant(row.tenant_id))}>{row.tenant_id}</a> },
  { key: 'version', title: 'VERSION', by: (row) => row.version ?? '', says: (row) => row.version, goes: 1, cell: (row) => <span className="numbers">{row.version ?? '–'}</span> },
  { key: 'platform', title: 'PLATFORM', by: (row) => row.platform ?? '', goes: 1, cell: (row) => <span className="clip">{row.platform ?? '–'}</span> },
  { key: 'seen', title: 'LAST SEEN', by: (row) => row.last_seen ?? '', goes: 2, cell: (row) => (row.state === 'online' ? <span className="muted">now</span> : <Moment at={row.last_seen} />) },
];

export function AgentsPage({ query }: PageProps) {
  const lacking = whyNot(useWho(), 'agents:enroll');
  const tenant = query.get('tenant') ?? '';
  const words = query.get('q') ?? '';
  const state = query.get('state') ?? '';
  const seen = useData(api.listAgents(), ['agents']);
  const all = seen.data?.agents;
  const deferred = useDeferredValue(words); // typing stays quick, however long the list
  const rows = useMemo(() => agentsIn(all ?? [], { tenant, state, words: deferred }), [all, tenant, state, deferred]);
  const online = useMemo(() => (all ?? []).filter((agent) => agent.state === 'online').length, [all]);
  const ask = (change: Readonly<Record<string, string>>) => {
    const next = new URLSearchParams(query);
    for (const [name, value] of Object.entries(change)) {
      if (value === '') next.delete(name);
      else next.set(name, value);
    }
    refine(`/agents${next.size === 0 ? '' : `?${next}`}`);
  };
  return (
    <Page
      title={`AGENTS (${all?.length ?? 0} · ${online} online)`}
      more="They dial out to this server. One that is not running is offline, and cannot be started from here."
      actions={
        <Button look="main" whyNot={lacking} onPress={() => go(paths.enroll(tenant === '' ? undefined : tenant))}>
          Enroll a machine
        </Button>
      }
    >
      <Filter
        words={words}
        onWords={(q) => ask({ q })}
        label="Filter agents"
        choices={[
          { name: 'State', value: state, onChange: (value) => ask({ state: value }), options: [['', 'Any state'], ['online', 'Online'], ['offline', 'Offline'], ['code_issued', 'Code issued'], ['revoked', 'Revoked'], ['in_session', 'In session']] },
          ...(tenant === '' ? [] : [{ name: 'Tenant', value: tenant, onChange: (value: string) => ask({ tenant: value }), options: [['', 'All tenants'], [tenant, tenant]] as const }]),
        ]}
      />
      <Shown seen={seen}>
        {(data) => (
          <Table
            name="Agents"
            columns={COLUMNS}
            rows={rows}
            idOf={(row) => row.id}
            sort={{ key: 'state', down: false }}
            empty={data.agents.length === 0 ? <Empty title="No agents yet">An enrollment code brings the first machine in: Enroll a machine, above.</Empty> : <Empty title="None fits">Take a word out of the filter, or choose any state.</Empty>}
          />
        )}
      </Shown>
    </Page>
  );
}

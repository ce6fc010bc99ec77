import { useCallback, useState } from 'react';
import * as api from '@argus/client/requests.ts';
import { AGENT_SORTS, AGENT_STATES_ASKED, type AgentsQuery } from '@argus/protocol/http/agents.ts';
import type { AgentView } from '@argus/protocol/http/shapes.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { useData } from '../api/use-data.ts';
import { usePages } from '../api/use-pages.ts';
import { useWho } from '../api/who.tsx';
import { whyNot } from '../can.ts';
import { go, refine } from '../hash.ts';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Filter } from '../ui/filter.tsx';
import { Moment } from '../ui/moment.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { LongTable, type Column, type Sort } from '../ui/table.tsx';
import { agentState } from '../words.ts';
import { Empty, Page } from './page.tsx';

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
    by: (row) => row.state,
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
          {row.line === 'another_node' ? <Badge tone="calm">other node</Badge> : null}
        </span>
      );
    },
  },
  { key: 'tenant', title: 'TENANT', by: (row) => row.tenant_id, goes: 2, cell: (row) => <a className="mono" href={href(paths.tenant(row.tenant_id))}>{row.tenant_id}</a> },
  { key: 'version', title: 'VERSION', by: (row) => row.version ?? '', says: (row) => row.version, goes: 1, cell: (row) => <span className="numbers">{row.version ?? '–'}</span> },
  { key: 'platform', title: 'PLATFORM', by: (row) => row.platform ?? '', goes: 1, cell: (row) => <span className="clip">{row.platform ?? '–'}</span> },
  { key: 'seen', title: 'LAST SEEN', by: (row) => row.last_seen ?? '', goes: 2, cell: (row) => (row.line !== null ? <span className="muted">now</span> : <Moment at={row.last_seen} />) },
];
const STATES = { online: 'Online', offline: 'Offline', code_issued: 'Code issued', revoked: 'Revoked', in_session: 'In session' } as const satisfies Record<(typeof AGENT_STATES_ASKED)[number], string>;
const numberWords = new Intl.NumberFormat('en-GB');

/** What somebody typed into the address is asked for only where it is something that can be. */
const oneOf = <T extends string>(all: readonly T[], text: string | null): T | undefined => all.find((one) => one === text);

export function AgentsPage({ query }: PageProps) {
  const lacking = whyNot(useWho(), 'agents:enroll');
  const tenant = query.get('tenant') ?? '';
  const words = query.get('q') ?? '';
  const state = oneOf(AGENT_STATES_ASKED, query.get('state'));
  const sort = oneOf(AGENT_SORTS, query.get('sort')) ?? 'state';
  const order: AgentsQuery['order'] = query.get('order') === 'down' ? 'down' : 'up';
  const counts = useData(api.agentCounts(), ['agents']).data?.tenants ?? [];
  const [sight, setSight] = useState({ first: 0, end: 1 });
  const pages = usePages({
    question: JSON.stringify([tenant, words.trim(), state, sort, order]),
    requestOf: (page) => api.listAgents(tenant === '' ? undefined : (tenant as TenantId), { q: words.trim() === '' ? undefined : words.trim(), state, sort, order, ...page }), // the server says what is no tenant
    partOf: ({ agents, total }) => ({ rows: agents, total }),
    topics: ['agents'],
    ...sight,
  });
  const ask = useCallback(
    (change: Readonly<Record<string, string>>) => {
      const next = new URLSearchParams(query);
      for (const [name, value] of Object.entries(change)) {
        if (value === '') next.delete(name);
        else next.set(name, value);
      }
      refine(`/agents${next.size === 0 ? '' : `?${next}`}`);
    },
    [query],
  );
  const onSort = ({ key, down }: Sort) => ask({ sort: key, order: down ? 'down' : '' });
  const all = counts.reduce((sum, { agents }) => sum + agents, 0);
  const online = counts.reduce((sum, one) => sum + one.online, 0);
  const isAsked = tenant !== '' || words.trim() !== '' || state !== undefined;
  return (
    <Page
      title={`AGENTS (${numberWords.format(all)} · ${numberWords.format(online)} online)`}
      more="They dial out to this server. One that is not running is offline, and cannot be started from here."
      actions={
        <Button look="main" whyNot={lacking} onPress={() => go(paths.enroll(tenant === '' ? undefined : tenant))}>
          Enroll a machine
        </Button>
      }
    >
      <div className="filter-row">
        <Filter
          words={words}
          onWords={(q) => ask({ q })}
          label="Filter agents"
          choices={[
            { name: 'State', value: state ?? '', onChange: (value) => ask({ state: value }), options: [['', 'Any state'], ...Object.entries(STATES)] },
            { name: 'Tenant', value: tenant, onChange: (value) => ask({ tenant: value }), options: [['', 'All tenants'], ...counts.map(({ tenant_id: id, agents }) => [id, `${id} (${numberWords.format(agents)})`] as const)] },
          ]}
        />
        <p className="muted" role="status">
          {isAsked && pages.total !== null ? `${numberWords.format(pages.total)} fit` : ''}
        </p>
      </div>
      {pages.problem ? <ProblemNote problem={pages.problem} /> : null}
      {pages.total === null ? (
        pages.problem ? null : <div className="bones" role="status" aria-label="Loading" />
      ) : (
        <LongTable
          name="Agents"
          columns={COLUMNS}
          count={pages.total}
          rowAt={pages.rowAt}
          idOf={(row) => row.id}
          sort={{ key: sort, down: order === 'down' }}
          onSort={onSort}
          onSight={setSight}
          list={pages.question}
          empty={isAsked ? <Empty title="None fits">Take a word out of the filter, or choose any state.</Empty> : <Empty title="No agents yet">An enrollment code brings the first machine in: Enroll a machine, above.</Empty>}
        />
      )}
    </Page>
  );
}

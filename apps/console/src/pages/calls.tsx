import { useMemo } from 'react';
import * as api from '@argus/client/requests.ts';
import type { ApiCallView } from '@argus/protocol/http/audit.ts';
import { now } from '../adapters/clock.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { callFiltersIn, callQueryOf, callsAskedOf, type CallFilters } from '../audit/filters.ts';
import { RecordFilter } from '../audit/record-filter.tsx';
import { Rows } from '../audit/rows.tsx';
import { useRows } from '../audit/use-rows.ts';
import { refine } from '../hash.ts';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Badge, type Tone } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Moment } from '../ui/moment.tsx';
import type { Column } from '../ui/table.tsx';
import { browserWords } from './browser-words.ts';
import { Page } from './page.tsx';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];
const STATUSES = ['200', '201', '400', '401', '403', '404', '409', '422', '429', '500', '503'];
const toneOf = (status: number): Tone => (status < 300 ? 'good' : status < 400 ? 'calm' : status < 500 ? 'warn' : 'bad');

const COLUMNS: readonly Column<ApiCallView>[] = [
  { key: 'at', title: 'WHEN', cell: (row) => <Moment at={row.at} /> },
  {
    key: 'call',
    title: 'CALL',
    width: 'wide',
    cell: (row) => (
      <span className="cell-two">
        <strong className="mono">
          {row.method} {row.route}
        </strong>
        <bdi className="muted" title={row.user_agent ?? undefined}>{browserWords(row.user_agent)}</bdi>
      </span>
    ),
  },
  { key: 'status', title: 'STATUS', cell: (row) => <Badge tone={toneOf(row.status)}>{String(row.status)}</Badge> },
  {
    key: 'who',
    title: 'WHO',
    goes: 2,
    cell: (row) => (
      <span className="cell-two">
        <bdi>{row.actor}</bdi>
        <span className="muted mono">{row.token_id ?? 'signed in'}</span>
      </span>
    ),
  },
  { key: 'tenant', title: 'TENANT', goes: 1, cell: (row) => (row.tenant_id ? <a className="mono" href={href(paths.tenant(row.tenant_id))}>{row.tenant_id}</a> : <span className="muted">–</span>) },
  { key: 'from', title: 'FROM', goes: 1, cell: (row) => <span className="mono">{row.ip}</span> },
  { key: 'took', title: 'TOOK', goes: 1, cell: (row) => <span className="numbers muted">{row.latency_ms.toLocaleString('en')} ms</span> },
];

/** Every call somebody made with a name: by argusctl, by a program, or by a page like this one. */
export function CallsPage({ query }: PageProps) {
  const who = useWho();
  const filters = callFiltersIn(query);
  const view = callQueryOf(filters);
  const tenants = useData(who.scopes.includes('tenants:read') ? api.listTenants() : null, ['tenants']).data?.tenants ?? [];
  const asked = useMemo(() => callsAskedOf(filters, now()), [view]); // the address says it all
  // It is told to nobody when a call is made: to look is a call, and would be told again.
  const record = useRows<ApiCallView>({ view, topics: [], ask: (cursor) => api.auditLog({ ...asked, cursor }) });
  return (
    <Page title="API CALLS" more="Who asked this server for what, and was answered how. That you look is on record too." actions={<Button busy={record.seen.isAsking} onPress={record.again}>Look again</Button>}>
      <RecordFilter<CallFilters>
        label="Filter the calls"
        filters={filters}
        onAsk={(next) => refine(paths.calls(callQueryOf(next)))}
        choices={[
          { name: 'tenant', label: 'Tenant', any: 'Any tenant', options: tenants.map(({ id }) => id) },
          { name: 'method', label: 'Method', any: 'Any method', options: METHODS },
          { name: 'status', label: 'Status', any: 'Any status', options: STATUSES },
        ]}
        typed={[
          { name: 'route', label: 'Route, like /tenants/{tenant}', wide: true },
          { name: 'actor', label: 'Who' },
          { name: 'token', label: 'Token' },
        ]}
      />
      <Rows name="API calls" columns={COLUMNS} record={record} />
    </Page>
  );
}

import * as api from '@argus/client/requests.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { useData } from '../api/use-data.ts';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { Countdown } from '../ui/countdown.tsx';
import { Moment } from '../ui/moment.tsx';
import { Table, type Column } from '../ui/table.tsx';
import { endWords, sessionState } from '../words.ts';
import { Empty, Page, Shown } from './page.tsx';

const COLUMNS: readonly Column<SessionView>[] = [
  {
    key: 'session',
    title: 'SESSION',
    width: 'wide',
    cell: (row) => (
      <a className="cell-two" href={href(paths.session(row.session_id))}>
        <strong className="clip">{row.reason}</strong>
        <span className="muted mono">{row.session_id}</span>
      </a>
    ),
  },
  {
    key: 'state',
    title: 'STATE',
    by: (row) => ['active', 'activating', 'ended'].indexOf(row.state),
    says: (row) => row.state,
    cell: (row) => {
      const { tone, says } = sessionState(row);
      return (
        <span className="cell-two">
          <Badge tone={tone} dot={row.state === 'active'}>
            {says}
          </Badge>
          <span className="muted">{row.state === 'active' ? <Countdown until={row.expires_at} /> : endWords(row.ended_by)}</span>
        </span>
      );
    },
  },
  { key: 'agent', title: 'AGENT', by: (row) => row.agent_id, goes: 2, cell: (row) => <a className="mono" href={href(paths.agent(row.agent_id))}>{row.agent_id}</a> },
  { key: 'operator', title: 'OPERATOR', by: (row) => row.operator, goes: 1, cell: (row) => <span className="clip">{row.operator}</span> },
  { key: 'began', title: 'BEGAN', by: (row) => row.created_at, goes: 2, cell: (row) => <Moment at={row.created_at} /> },
];

export function SessionsPage({ query }: PageProps) {
  const tenant = query.get('tenant');
  const seen = useData(api.listSessions(tenant === null ? undefined : (tenant as TenantId)), ['sessions']); // the server says what is no tenant
  const live = seen.data?.sessions.filter(({ state }) => state === 'active').length ?? 0;
  return (
    <Page title={`SESSIONS (${seen.data?.sessions.length ?? 0} · ${live} live)`} more={tenant === null ? 'One operator, one agent, one reason, one time box.' : `Of ${tenant}.`}>
      <Shown seen={seen}>
        {({ sessions }) => <Table name="Sessions" columns={COLUMNS} rows={sessions} idOf={(row) => row.session_id} sort={{ key: 'began', down: true }} empty={<Empty title="No session yet">Open one from the page of an agent that is online, in an armed tenant.</Empty>} />}
      </Shown>
    </Page>
  );
}

import * as api from '@argus/client/requests.ts';
import type { SupportAuditView } from '@argus/protocol/http/audit.ts';
import { EVENT_TYPES, OUTCOMES, type EventType } from '@argus/protocol/leaf.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { useData } from '../api/use-data.ts';
import { refine } from '../hash.ts';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { Filter } from '../ui/filter.tsx';
import { Moment } from '../ui/moment.tsx';
import { Table, type Column } from '../ui/table.tsx';
import { outcomeTone } from '../words.ts';
import { Empty, Page, Shown } from './page.tsx';

const COLUMNS: readonly Column<SupportAuditView>[] = [
  { key: 'at', title: 'WHEN', by: (row) => row.at, cell: (row) => <Moment at={row.at} /> },
  {
    key: 'what',
    title: 'WHAT',
    by: (row) => row.action,
    width: 'wide',
    cell: (row) => (
      <span className="cell-two">
        <strong className="mono">{row.command ?? row.action}</strong>
        <span className="muted clip">{row.reason}</span>
      </span>
    ),
  },
  { key: 'outcome', title: 'OUTCOME', by: (row) => row.outcome ?? '', cell: (row) => <Badge tone={outcomeTone(row.outcome)}>{row.code ?? row.outcome ?? row.phase}</Badge> },
  { key: 'who', title: 'OPERATOR', by: (row) => row.operator, goes: 2, cell: (row) => <span className="clip">{row.operator}</span> },
  { key: 'where', title: 'ADDRESS', by: (row) => row.ip ?? '', goes: 1, cell: (row) => <span className="mono">{row.ip ?? '–'}</span> },
  { key: 'tenant', title: 'TENANT', by: (row) => row.tenant_id ?? '', goes: 2, cell: (row) => (row.tenant_id ? <a className="mono" href={href(paths.tenant(row.tenant_id))}>{row.tenant_id}</a> : <span className="muted">–</span>) },
  { key: 'session', title: 'SESSION', goes: 1, cell: (row) => (row.session_id ? <a className="mono" href={href(paths.session(row.session_id))}>{row.session_id.slice(0, 12)}…</a> : <span className="muted">–</span>) },
];

const TYPES = Object.keys(EVENT_TYPES).toSorted();

export function AuditPage({ query }: PageProps) {
  const action = TYPES.find((type) => type === query.get('action'));
  const tenant = query.get('tenant') ?? '';
  const outcome = (OUTCOMES).find((one) => one === query.get('outcome'));
  const seen = useData(
    api.supportAudit({
      limit: 500,
      ...(action !== undefined && { action: action as EventType }), // one of the keys
      ...(tenant !== '' && { tenant: tenant as TenantId }), // the server says what is none
      ...(outcome !== undefined && { outcome }),
    }),
    ['events'],
  );
  const ask = (name: string, value: string) => {
    const next = new URLSearchParams(query);
    if (value === '') next.delete(name);
    else next.set(name, value);
    refine(paths.audit(next.size === 0 ? '' : `?${next}`));
  };
  return (
    <Page title="AUDIT" more="What was tried, by whom, and what came of it. That you look is on record too.">
      <Filter
        label="Filter the audit"
        choices={[
          { name: 'Action', value: action ?? '', onChange: (value) => ask('action', value), options: [['', 'Any action'], ...TYPES.map((type) => [type, type] as const)] },
          { name: 'Outcome', value: outcome ?? '', onChange: (value) => ask('outcome', value), options: [['', 'Any outcome'], ...OUTCOMES.map((one) => [one, one] as const)] },
        ]}
      />
      <Shown seen={seen}>{({ rows }) => <Table name="Audit" columns={COLUMNS} rows={rows} idOf={(row) => row.id} empty={<Empty title="Nothing fits">Choose any action and any outcome.</Empty>} />}</Shown>
    </Page>
  );
}

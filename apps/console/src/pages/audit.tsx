import { useMemo, useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { SupportAuditView } from '@argus/protocol/http/audit.ts';
import { questionIn } from '@argus/protocol/questions.ts';
import { now } from '../adapters/clock.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { EntryDialog } from '../audit/entry.tsx';
import { ExportDialog } from '../audit/export.tsx';
import { AuditFilter } from '../audit/filter.tsx';
import { askedOf, entryIn, filtersIn, queryOf, type Filters } from '../audit/filters.ts';
import { Rows } from '../audit/rows.tsx';
import { SavedViews } from '../audit/saved-views.tsx';
import { useRows } from '../audit/use-rows.ts';
import { refine } from '../hash.ts';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Moment } from '../ui/moment.tsx';
import type { Column } from '../ui/table.tsx';
import { outcomeTone } from '../words.ts';
import { Page } from './page.tsx';

const columnsFor = (entryAt: (row: SupportAuditView) => string | null): readonly Column<SupportAuditView>[] => [
  { key: 'at', title: 'WHEN', cell: (row) => <Moment at={row.at} /> },
  {
    key: 'what',
    title: 'WHAT',
    width: 'wide',
    cell: (row) => {
      const at = entryAt(row);
      const question = questionIn({ ...row, type: row.action });
      const what = question ? <strong>{question.asks}</strong> : <strong className="mono">{row.command ?? row.action}</strong>;
      return (
        <span className="cell-two">
          {at === null ? what : <a href={href(at)}>{what}</a>}
          <bdi className="muted clip">{row.reason}</bdi>
        </span>
      );
    },
  },
  { key: 'outcome', title: 'OUTCOME', cell: (row) => {
    const question = questionIn({ ...row, type: row.action });
    return question ? <Badge tone="calm">{`answer: ${question.answer}`}</Badge> : <Badge tone={outcomeTone(row.outcome, row.code)}>{row.code ?? row.outcome ?? row.phase}</Badge>;
  } },
  { key: 'who', title: 'OPERATOR', goes: 2, cell: (row) => <bdi className="clip">{row.operator}</bdi> },
  { key: 'tenant', title: 'TENANT', goes: 1, cell: (row) => (row.tenant_id ? <a className="mono" href={href(paths.tenant(row.tenant_id))}>{row.tenant_id}</a> : <span className="muted">–</span>) },
  { key: 'session', title: 'SESSION', goes: 1, cell: (row) => (row.session_id ? <a className="mono" href={href(paths.session(row.session_id))}>{row.session_id.slice(0, 12)}…</a> : <span className="muted">–</span>) },
  { key: 'entry', title: 'ENTRY', goes: 1, cell: (row) => <span className="numbers muted">{row.leaf_index ?? '–'}</span> },
];

export function AuditPage({ query }: PageProps) {
  const who = useWho();
  const filters = filtersIn(query);
  const view = queryOf(filters);
  const tenants = useData(who.scopes.includes('tenants:read') ? api.listTenants() : null, ['tenants']).data?.tenants ?? [];
  const asked = useMemo(() => askedOf(filters, now()), [view]); // the address says it all
  const record = useRows<SupportAuditView>({ view, topics: ['events'], ask: (cursor) => api.supportAudit({ ...asked, cursor }) });
  const [exporting, setExporting] = useState(false);
  const named = entryIn(query);
  const ask = (next: Filters) => refine(paths.audit(queryOf(next)));
  const columns = useMemo(
    () => columnsFor((row) => (row.tenant_id !== null && typeof row.leaf_index === 'number' ? paths.audit(`${view === '' ? '?' : `${view}&`}entry=${row.tenant_id}:${row.leaf_index}`) : null)),
    [view],
  );
  return (
    <Page
      title="AUDIT"
      more="What was tried, by whom, and what came of it. That you look is on record too."
      actions={
        <>
          <a className="button" href={href(paths.checkLog(filters.tenant))}>
            Check a log
          </a>
          <Button onPress={() => setExporting(true)}>Export</Button>
        </>
      }
    >
      <SavedViews query={view} />
      <AuditFilter filters={filters} tenants={tenants.map(({ id }) => id)} onAsk={ask} />
      <Rows name="Audit" columns={columns} record={record}>
        {(rows) => (named ? <EntryDialog key={`${named.tenant}:${named.index}`} {...named} row={rows.find((row) => row.tenant_id === named.tenant && row.leaf_index === named.index) ?? null} onClose={() => ask(filters)} /> : null)}
      </Rows>
      {exporting ? <ExportDialog tenants={tenants.map(({ id }) => id)} tenant={filters.tenant ?? ''} session={filters.session ?? ''} onClose={() => setExporting(false)} /> : null}
    </Page>
  );
}

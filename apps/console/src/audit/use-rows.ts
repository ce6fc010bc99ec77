import { useEffect, useMemo, useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { ClientProblem } from '@argus/client/problem.ts';
import type { SupportAuditPage, SupportAuditView } from '@argus/protocol/http/audit.ts';
import { now } from '../adapters/clock.ts';
import { call } from '../api/call.ts';
import type { Seen } from '../api/store.ts';
import { useData } from '../api/use-data.ts';
import { askedOf, queryOf, type Filters } from './filters.ts';
import { withNewest, withOlder, type Got } from './pages-of.ts';

type Rows = Got<SupportAuditView>;
const got = ({ rows, next_cursor: next }: SupportAuditPage): Rows => ({ rows, next });

/** The newest page kept up to date, and older ones below it as far as somebody asked. */
export function useRows(filters: Filters) {
  const view = queryOf(filters);
  const asked = useMemo(() => askedOf(filters, now()), [view]); // the address says it all
  const newest: Seen<SupportAuditPage> = useData(api.supportAudit(asked), ['events']);
  const [held, setHeld] = useState<{ readonly view: string; readonly rows: Rows } | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ClientProblem | null>(null);
  const page = newest.data;
  useEffect(() => {
    if (page) setHeld((have) => ({ view, rows: withNewest(have?.view === view ? have.rows : null, got(page)) }));
  }, [page, view]);

  const rows = held?.view === view ? held.rows : null;
  const older = async (): Promise<void> => {
    if (!rows || rows.next === null || busy) return;
    setBusy(true);
    const answer = await call(api.supportAudit({ ...asked, cursor: rows.next }));
    setBusy(false);
    setProblem(answer.ok ? null : answer.error);
    if (answer.ok) setHeld((have) => (have?.view === view ? { view, rows: withOlder(have.rows, got(answer.value)) } : have));
  };
  return { seen: { ...newest, data: rows }, older, busy, problem };
}

import { useEffect, useState } from 'react';
import type { ClientProblem } from '@argus/client/problem.ts';
import type { Request } from '@argus/client/requests.ts';
import { call } from '../api/call.ts';
import type { Seen } from '../api/store.ts';
import { store, useData } from '../api/use-data.ts';
import { withNewest, withOlder, type Got } from './pages-of.ts';

type Answered<R> = { readonly rows: readonly R[]; readonly next_cursor: string | null };
const got = <R>({ rows, next_cursor: next }: Answered<R>): Got<R> => ({ rows, next });

type Asking<R> = {
  /** What is asked, as it stands in the address: another one is another list. */
  readonly view: string;
  readonly ask: (cursor?: string) => Request<Answered<R>>;
  readonly topics: readonly string[];
};

/** The newest page of a record kept up to date, and older ones below it as far as somebody asked. */
export function useRows<R extends { readonly id: string }>({ view, ask, topics }: Asking<R>) {
  const newest: Seen<Answered<R>> = useData(ask(), topics);
  const [held, setHeld] = useState<{ readonly view: string; readonly rows: Got<R> } | null>(null);
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
    const answer = await call(ask(rows.next));
    setBusy(false);
    setProblem(answer.ok ? null : answer.error);
    if (answer.ok) setHeld((have) => (have?.view === view ? { view, rows: withOlder(have.rows, got(answer.value)) } : have));
  };
  return { seen: { ...newest, data: rows }, older, again: () => store.again(ask().path), busy, problem };
}

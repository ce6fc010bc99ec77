/**
 * A list that is too long to travel: what is in sight is asked for, a page or two of it, and kept up to date; the server sorts, filters and
 * counts. What was shown stays until the answer to another question is there.
 */
import { useEffect, useRef, useState } from 'react';
import type { ClientProblem } from '@argus/client/problem.ts';
import type { Request } from '@argus/client/requests.ts';
import { after, now } from '../adapters/clock.ts';
import { useData } from './use-data.ts';

export const PAGE_ROWS = 100;
/** Whoever drags the bar from top to bottom passes hundreds of pages, and wants one. */
const SETTLES_MS = 32;
/** Pages on either side of what is in sight that are kept for the way back. */
const KEPT = 3;

export type Part<R> = { readonly rows: readonly R[]; readonly total: number };
export type Pages<R> = {
  /** Null: nobody has answered yet. */
  readonly total: number | null;
  /** Null: on its way. */
  readonly rowAt: (index: number) => R | null;
  readonly problem: ClientProblem | null;
  /** Which question the rows are the answer to. */
  readonly question: string;
};
type Kept<R> = { question: string; total: number; readonly pages: Map<number, readonly R[]> };

type Asked<A, R> = {
  /** Another text is another list: it is shown from its top. */
  readonly question: string;
  readonly requestOf: (page: { readonly offset: number; readonly limit: number }) => Request<A>;
  readonly partOf: (answer: A) => Part<R>;
  readonly topics: readonly string[];
  /** The rows in sight. */
  readonly first: number;
  readonly end: number;
};

export function usePages<A, R>({ question, requestOf, partOf, topics, first, end }: Asked<A, R>): Pages<R> {
  const wanted = useSettled(`${Math.floor(first / PAGE_ROWS)} ${Math.ceil(Math.max(end, 1) / PAGE_ROWS)} ${question}`);
  const [from = 0, to = 1] = wanted.split(' ', 2).map(Number);
  const asked = wanted.split(' ').slice(2).join(' ');
  const pageAt = (page: number): Request<A> | null => (asked === question && page < to ? requestOf({ offset: page * PAGE_ROWS, limit: PAGE_ROWS }) : null);
  const [one, two] = [useData(pageAt(from), topics), useData(pageAt(from + 1), topics)];

  const kept = useRef<Kept<R> | null>(null);
  for (const [page, seen] of [[from, one], [from + 1, two]] as const) {
    if (seen.data === null || asked !== question) continue;
    const { rows, total } = partOf(seen.data);
    if (kept.current?.question !== question) kept.current = { question, total, pages: new Map() };
    kept.current.total = total;
    kept.current.pages.set(page, rows);
  }
  for (const page of kept.current?.pages.keys() ?? []) if (Math.abs(page - from) > KEPT) kept.current?.pages.delete(page);
  const { current } = kept;
  return {
    total: current?.total ?? null,
    rowAt: (index) => current?.pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS] ?? null,
    problem: one.problem ?? two.problem,
    question: current?.question ?? question,
  };
}

/** The first of many changes at once, and the last; what is in between is passed over. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  const movedAt = useRef(0);
  useEffect(() => {
    if (value === settled) return;
    const settle = () => {
      movedAt.current = now();
      setSettled(value);
    };
    const wait = movedAt.current + SETTLES_MS - now();
    if (wait > 0) return after(wait, settle);
    settle();
    return undefined;
  }, [value, settled]);
  return settled;
}

/** Pages that follow each other, of a record that grows at its newest end while one reads. Pure. */
export type Got<R> = { readonly rows: readonly R[]; readonly next: string | null };
type Row = { readonly id: string };

/** The newest page again, above what was there: no row is lost between the two. When they no longer meet, what was older goes. */
export function withNewest<R extends Row>(have: Got<R> | null, page: Got<R>): Got<R> {
  if (!have || page.next === null) return page; // all there is
  const last = page.rows.at(-1);
  if (!last) return have; // it looked at so many rows and no further: nothing is new
  const meets = have.rows.findIndex(({ id }) => id === last.id);
  return meets === -1 ? page : { rows: [...page.rows, ...have.rows.slice(meets + 1)], next: have.next };
}

export const withOlder = <R extends Row>(have: Got<R>, page: Got<R>): Got<R> => ({ rows: [...have.rows, ...page.rows], next: page.next });

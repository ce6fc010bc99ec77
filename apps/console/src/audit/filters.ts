/** What the audit is asked, as it stands in the address: a view is a link. The server says what of it is none. */
import type { SupportAuditAsked } from '@argus/client/requests.ts';

export const FILTERS = ['text', 'tenant', 'operator', 'action', 'outcome', 'code', 'agent', 'session', 'last', 'from', 'to'] as const;
export type FilterName = (typeof FILTERS)[number];
export type Filters = { readonly [N in FilterName]?: string };

const HOUR_MS = 3_600_000;
/** Counted back from when one looks, so that a link says the same tomorrow. */
export const LAST = { '1h': ['Last hour', HOUR_MS], '24h': ['Last 24 hours', 24 * HOUR_MS], '7d': ['Last 7 days', 7 * 24 * HOUR_MS], '30d': ['Last 30 days', 30 * 24 * HOUR_MS] } as const;
export type Last = keyof typeof LAST;
export const isLast = (text: string | undefined): text is Last => text !== undefined && Object.hasOwn(LAST, text);

const LENGTH_MAX = 320;
/** Known names only, and nothing empty. */
export function filtersIn(query: URLSearchParams): Filters {
  const kept = FILTERS.flatMap((name) => {
    const text = (query.get(name) ?? '').trim().slice(0, LENGTH_MAX);
    return text === '' || (name === 'last' && !isLast(text)) ? [] : [[name, text] as const];
  });
  return Object.fromEntries(kept);
}

/** In one order: two views that ask the same have the same address. */
export function queryOf(filters: Filters): string {
  const query = new URLSearchParams();
  for (const name of FILTERS) if (filters[name] !== undefined && filters[name] !== '') query.set(name, filters[name]);
  return query.size === 0 ? '' : `?${query}`;
}

export const ROWS_OF_A_PAGE = 200;
const MINUTE_MS = 60_000;

/** To the minute: the same view asked twice within it is the same request. */
export function askedOf({ last, from, to, ...named }: Filters, now: number): SupportAuditAsked {
  const since = isLast(last) ? new Date(Math.floor(now / MINUTE_MS) * MINUTE_MS - LAST[last][1]).toISOString() : from;
  return { limit: ROWS_OF_A_PAGE, ...(named as SupportAuditAsked), ...(since !== undefined && { from: since }), ...(to !== undefined && !isLast(last) && { to }) }; // as they were typed
}

/** `entry=TENANT:12`; null: it names none. */
export function entryIn(query: URLSearchParams): { readonly tenant: string; readonly index: number } | null {
  const [, tenant = '', index = ''] = /^([^:]{1,64}):(\d{1,15})$/.exec(query.get('entry') ?? '') ?? [];
  return tenant === '' ? null : { tenant, index: Number(index) };
}

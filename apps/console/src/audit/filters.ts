/** What a record is asked, as it stands in the address: a view is a link. The server says what of it is none. */
import type { AuditLogAsked, SupportAuditAsked } from '@argus/client/requests.ts';

const PERIOD = ['last', 'from', 'to'] as const;
export const FILTERS = ['text', 'tenant', 'operator', 'action', 'outcome', 'code', 'agent', 'session', ...PERIOD] as const;
export const CALL_FILTERS = ['tenant', 'actor', 'method', 'route', 'status', 'token', ...PERIOD] as const;
type Given<N extends string> = { readonly [K in N]?: string | undefined };
export type Filters = Given<(typeof FILTERS)[number]>;
export type CallFilters = Given<(typeof CALL_FILTERS)[number]>;
export type Period = Given<(typeof PERIOD)[number]>;

const HOUR_MS = 3_600_000;
/** Counted back from when one looks, so that a link says the same tomorrow. */
export const LAST = { '1h': ['Last hour', HOUR_MS], '24h': ['Last 24 hours', 24 * HOUR_MS], '7d': ['Last 7 days', 7 * 24 * HOUR_MS], '30d': ['Last 30 days', 30 * 24 * HOUR_MS] } as const;
export type Last = keyof typeof LAST;
export const isLast = (text: string | undefined): text is Last => text !== undefined && Object.hasOwn(LAST, text);

const LENGTH_MAX = 320;
/** Known names only, and nothing empty. */
function read<N extends string>(names: readonly N[], query: URLSearchParams): Given<N> {
  const kept = names.flatMap((name) => {
    const text = (query.get(name) ?? '').trim().slice(0, LENGTH_MAX);
    return text === '' || (name === 'last' && !isLast(text)) ? [] : [[name, text] as const];
  });
  return Object.fromEntries(kept) as Given<N>; // by these names alone
}
export const filtersIn = (query: URLSearchParams): Filters => read(FILTERS, query);
export const callFiltersIn = (query: URLSearchParams): CallFilters => read(CALL_FILTERS, query);

/** In one order: two views that ask the same have the same address. */
function written<N extends string>(names: readonly N[], filters: Given<N>): string {
  const query = new URLSearchParams();
  for (const name of names) if (filters[name] !== undefined && filters[name] !== '') query.set(name, filters[name]);
  return query.size === 0 ? '' : `?${query}`;
}
export const queryOf = (filters: Filters): string => written(FILTERS, filters);
export const callQueryOf = (filters: CallFilters): string => written(CALL_FILTERS, filters);

export const ROWS_OF_A_PAGE = 200;
const MINUTE_MS = 60_000;

/** To the minute: the same view asked twice within it is the same request. */
function between({ last, from, to }: Period, now: number): { readonly from?: string; readonly to?: string } {
  if (isLast(last)) return { from: new Date(Math.floor(now / MINUTE_MS) * MINUTE_MS - LAST[last][1]).toISOString() };
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}
export const askedOf = ({ last, from, to, ...named }: Filters, now: number): SupportAuditAsked => ({ limit: ROWS_OF_A_PAGE, ...(named as SupportAuditAsked), ...between({ last, from, to }, now) }); // as they were typed
export const callsAskedOf = ({ last, from, to, status, ...named }: CallFilters, now: number): AuditLogAsked => ({ limit: ROWS_OF_A_PAGE, ...(named as AuditLogAsked), ...(status !== undefined && { status: Number(status) }), ...between({ last, from, to }, now) }); // as they were typed

/** `entry=TENANT:12`; null: it names none. */
export function entryIn(query: URLSearchParams): { readonly tenant: string; readonly index: number } | null {
  const [, tenant = '', index = ''] = /^([^:]{1,64}):(\d{1,15})$/.exec(query.get('entry') ?? '') ?? [];
  return tenant === '' ? null : { tenant, index: Number(index) };
}

import type { LoginId, TenantId, TokenId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import { isScope } from '../../people/principal.ts';
import { SEARCHED, type ApiCallMatch, type AuditMatch, type EventMatch, type EventRow, type Moment, type RecordedAttempt, type RecordedCall, type RecordPage, type RecordQuery, type RecordStore } from '../../ports.ts';

/** So many rows one page looks at, at most. Behind them it ends, with the place to go on from. */
export const SCANNED_MAX = 20_000;

/** `beside`: one more column, looked up for the rows of the page only. */
type Source = { readonly table: string; readonly columns: string; readonly searched?: readonly string[]; readonly beside?: string };
const CALLS: Source = {
  table: 'argus.argus_audit_log',
  columns: 'id, at, actor, actor_kind, pat_id, scope, method, route, status, latency_ms, tenant_id, ip, user_agent, body_sha256, login_id',
};
const AUDIT: Source = {
  table: 'argus.remote_support_audit',
  columns: 'id, at, operator, ip, tenant_id, agent_id, session_id, request_id, action, phase, outcome, code, gates_passed, reason, command, args',
  searched: SEARCHED,
  beside: '(SELECT leaf_index FROM argus.events WHERE events.id = page.id)::bigint AS leaf_index',
};
const EVENTS: Source = { table: 'argus.events', columns: 'id, at, source, type, tenant_id, tree, leaf_index, body' };

const US = (at: string) => `(extract(epoch FROM ${at}) * 1000000)::bigint`;

/** The three records, read from the end of the index over (at, id), a bounded stretch per page. */
export function postgresRecords(pool: Pool, { scannedMax = SCANNED_MAX } = {}): RecordStore {
  async function page<R extends object>({ table, columns, searched, beside }: Source, q: RecordQuery<string>): Promise<RecordPage<R>> {
    const values: unknown[] = [];
    const $ = (value: unknown): string => `$${values.push(value)}`;
    const stretch = [
      ...(q.before ? [`(at, id) < ('epoch'::timestamptz + ${$(q.before.atUs)}::bigint * interval '1 microsecond', ${$(q.before.id)}::uuid)`] : []),
      ...(q.from === undefined ? [] : [`at >= ${$(new Date(q.from))}`]),
      ...(q.to === undefined ? [] : [`at < ${$(new Date(q.to))}`]),
    ];
    const wanted = [
      ...(q.tenants === null ? [] : [`tenant_id = ANY (${$(q.tenants)}::text[])`]),
      // The names are ours: ApiCallMatch and its like.
      ...Object.entries(q.match).flatMap(([name, value]) => (value === undefined ? [] : [`${name} = ${$(value)}`])),
      ...(q.text === undefined || !searched ? [] : [`position(lower(${$(q.text)}::text) IN lower(concat_ws(chr(10), ${searched.join(', ')}))) > 0`]),
    ];
    const where = (conditions: readonly string[]) => (conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`);
    const newestFirst = 'ORDER BY at DESC, id DESC';
    const [scanned, limit] = [$(scannedMax), $(q.limit)];
    const { rows } = await pool.query<R & Position>(
      `WITH page AS MATERIALIZED (
         SELECT * FROM (SELECT ${columns} FROM ${table} ${where(stretch)} ${newestFirst} LIMIT ${scanned}) AS near ${where(wanted)} ${newestFirst} LIMIT ${limit}),
       rest AS (
         SELECT at, id FROM ${table} ${where([...stretch, `(SELECT count(*) FROM page) < ${limit}`])} ${newestFirst} OFFSET ${scanned} - 1 LIMIT 1)
       SELECT page.*, ${beside === undefined ? '' : `${beside}, `}${US('page.at')} AS page_us, rest.id AS rest_id, ${US('rest.at')} AS rest_us
         FROM (SELECT) AS one LEFT JOIN page ON true LEFT JOIN rest ON true ORDER BY page.at DESC, page.id DESC`,
      values,
    );
    return pageOf<R>(rows, q.limit);
  }

  return {
    async apiCalls(query: RecordQuery<ApiCallMatch>) {
      const { rows, next } = await page<CallRow>(CALLS, query);
      return { rows: rows.map(callOf), next };
    },
    supportAudit: (query: RecordQuery<AuditMatch>) => page<RecordedAttempt>(AUDIT, query),
    events: (query: RecordQuery<EventMatch>) => page<EventRow>(EVENTS, query),
  };
}

type Position = { readonly id: string | null; readonly page_us: number; readonly rest_id: string | null; readonly rest_us: number | null };

/** A full page goes on behind its last row, a short one behind the last row that was looked at. */
function pageOf<R extends object>(found: readonly (R & Position)[], limit: number): RecordPage<R> {
  const rows = found.filter((row) => row.id !== null);
  const [last, first] = [rows.at(-1), found[0]];
  let next: Moment | null = null;
  if (rows.length === limit && last) next = { atUs: last.page_us, id: last.id ?? '' };
  else if (first && first.rest_id !== null && first.rest_us !== null) next = { atUs: first.rest_us, id: first.rest_id };
  return { rows: rows.map(({ page_us: _page, rest_id: _id, rest_us: _us, ...row }) => row as unknown as R), next };
}

type CallRow = {
  id: string; at: number; actor: string; actor_kind: 'pat' | 'login'; pat_id: TokenId | null; scope: string | null; method: string; route: string; status: number;
  latency_ms: number; tenant_id: TenantId | null; ip: string; user_agent: string | null; body_sha256: string | null; login_id: LoginId | null;
};
const callOf = (r: CallRow): RecordedCall => ({
  id: r.id, at: r.at, actor: r.actor, actorKind: r.actor_kind, tokenId: r.pat_id, scope: r.scope !== null && isScope(r.scope) ? r.scope : null,
  method: r.method, route: r.route, status: r.status, latencyMs: r.latency_ms, tenant: r.tenant_id,
  ip: r.ip, userAgent: r.user_agent, bodySha256: r.body_sha256, ...(r.login_id !== null && { loginId: r.login_id }),
});

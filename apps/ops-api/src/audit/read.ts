import { isoTime } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { ApiCallPage, ApiCallView, AuditLogQuery, EventPage, EventsQuery, EventView, SupportAuditPage, SupportAuditQuery, SupportAuditView } from '@argus/protocol/http/audit.ts';
import { parseId, type TenantId } from '@argus/protocol/ids.ts';
import type { EventRow, Moment, RecordedAttempt, RecordedCall, RecordPage, RecordQuery, RecordStore, TenantStore } from '../ports.ts';
import type { Actor } from '../tenants/create.ts';
import { refusalOfNamed } from '../tenants/named.ts';
import { readCursor, writeCursor } from './cursor.ts';

type Asked = { readonly from?: number | undefined; readonly to?: number | undefined; readonly tenant?: TenantId | undefined; readonly limit: number; readonly cursor?: string | undefined };
type Page<V> = { rows: V[]; next_cursor: string | null };

/** The three records of what was done, for whoever may read them, and within their tenants. */
export function makeReadAudit({ records, tenants }: { readonly records: RecordStore; readonly tenants: Pick<TenantStore, 'byId'> }) {
  /** A credential for some tenants reads their rows and no other: what belongs to nobody is for those who may see all. */
  async function page<R, V, M extends string>(
    { principal }: Actor,
    { asked, match, text, view }: { asked: Asked; match: RecordQuery<M>['match']; text?: string | undefined; view: (row: R) => V },
    read: (query: RecordQuery<M>) => Promise<RecordPage<R>>,
  ): Promise<Result<Page<V>, Denial>> {
    const { tenant, from, to, limit } = asked;
    const denial = tenant && (await refusalOfNamed(tenants, principal, tenant));
    if (denial) return err(denial);
    const before: Moment | null | undefined = asked.cursor === undefined ? undefined : readCursor(asked.cursor);
    if (before === null) return err(denyWith('bad_request', { problems: ['cursor: not one of ours'] }));
    const found = await read({ tenants: tenant === undefined ? principal.tenants : [tenant], match, text, from, to, before, limit });
    return ok({ rows: found.rows.map(view), next_cursor: found.next && writeCursor(found.next) });
  }

  return {
    calls: (actor: Actor, q: AuditLogQuery): Promise<Result<ApiCallPage, Denial>> =>
      page(actor, { asked: q, match: { actor: q.actor, pat_id: q.token, method: q.method, route: q.route, status: q.status }, view: callView }, records.apiCalls),
    supportAudit: (actor: Actor, q: SupportAuditQuery): Promise<Result<SupportAuditPage, Denial>> => {
      const { agent, session, operator, action, phase, outcome, code, text } = q;
      return page(actor, { asked: q, match: { agent_id: agent, session_id: session, operator, action, phase, outcome, code }, text, view: attemptView }, records.supportAudit);
    },
    events: (actor: Actor, q: EventsQuery): Promise<Result<EventPage, Denial>> =>
      page(actor, { asked: q, match: { type: q.type }, view: eventView }, records.events),
  };
}

const callView = (c: RecordedCall): ApiCallView => ({
  id: c.id,
  at: isoTime(c.at),
  actor: c.actor,
  actor_kind: c.actorKind,
  token_id: c.tokenId,
  login_id: c.loginId ?? null,
  scope: c.scope,
  method: c.method,
  route: c.route,
  status: c.status,
  latency_ms: c.latencyMs,
  tenant_id: c.tenant,
  ip: c.ip,
  user_agent: c.userAgent,
  body_sha256: c.bodySha256,
});
const attemptView = (row: RecordedAttempt): SupportAuditView => ({
  ...row,
  at: isoTime(row.at),
  tenant_id: parseId('tenant', row.tenant_id),
  gates_passed: [...row.gates_passed],
  leaf_index: row.tenant_id === null ? null : row.leaf_index, // of no tenant: it stands in a log nobody reads here
});
const eventView = (row: EventRow): EventView => ({ ...row, at: isoTime(row.at), body: row.body as EventView['body'] }); // it was JSON

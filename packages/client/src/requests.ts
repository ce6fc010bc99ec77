/** Every call of the ops API as a value: what goes over the wire, before it goes. Secrets have their own place. */
import { contractFor } from '@argus/protocol/commands/index.ts';
import {
  Activated,
  AgentRevoked,
  AgentView,
  CommandRan,
  EnrollmentCodeCreated,
  SessionView,
  TenantShown,
  TenantView,
  type Activate,
  type RecordConsent,
  type RevokeAgent,
  type RunCommand,
} from '@argus/protocol/http/shapes.ts';
import { AgentCounts as AgentCountsShape, AgentLines, type AgentsQuery } from '@argus/protocol/http/agents.ts';
import { ApiCallPage, EventPage, SupportAuditPage, type AuditLogQuery, type EventsQuery, type SupportAuditQuery } from '@argus/protocol/http/audit.ts';
import { PatCreated, PatList, PatView, type ClaimHandoff, type CreatePat } from '@argus/protocol/http/pats.ts';
import { ConsentChanged } from '@argus/protocol/http/consent.ts';
import type { AgentId, SessionId, SessionToken, TenantId, TokenId } from '@argus/protocol/ids.ts';
import { Alerts, AlertView, type AcknowledgeAlert } from '@argus/protocol/http/alerts.ts';
import { Reconciliations, ReconciliationView, type Reconcile } from '@argus/protocol/http/reconciliation.ts';
import {
  fits,
  readAgents,
  readCapabilities,
  readMe,
  readSessions,
  readTenants,
  type Agents,
  type AnswerOf,
  type Capabilities,
  type Me,
  type Read,
  type Sessions,
  type Tenants,
} from './read.ts';

export type Request<T> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string; // with its query; never a secret in it
  readonly body?: Readonly<Record<string, unknown>>;
  readonly needsOpsToken?: true;
  /** Undefined inside: the route needs one and nobody gave it. */
  readonly session?: { readonly token: SessionToken | undefined };
  readonly timeoutMs: number;
  readonly read: Read<T>;
};

const READ_MS = 15_000;
/** The server waits 5 s for the agent's acknowledgement, and writes to the log before and after. */
const WRITE_MS = 30_000;
/** An audit on demand reads up to 200,000 rows. */
const AUDIT_MS = 180_000;

export const get = <T>(path: string, read: Read<T>): Request<T> => ({ method: 'GET', path, timeoutMs: READ_MS, read });
export const post = <T>(path: string, body: Readonly<Record<string, unknown>>, read: Read<T>): Request<T> => ({
  method: 'POST',
  path,
  body,
  timeoutMs: WRITE_MS,
  read,
});
/** What is gone is named by its address alone. */
export const remove = <T>(path: string, read: Read<T>): Request<T> => ({ method: 'DELETE', path, timeoutMs: WRITE_MS, read });
/** Ids have no character that needs it; text that only claims to be an id cannot leave its place. */
export const at = encodeURIComponent;
const ofTenant = (tenant: TenantId | undefined): string => (tenant === undefined ? '' : `?tenant=${at(tenant)}`);

export const me = (): Request<Me> => get('/v1/operators/me', readMe);

export const listTenants = (): Request<Tenants> => get('/v1/tenants', readTenants);
export const showTenant = (tenant: TenantId): Request<TenantShown> => get(`/v1/tenants/${at(tenant)}`, fits(TenantShown));

export type ArmBody = { readonly reason: string; readonly confirm_tenant_id: string; readonly document_id?: string };
export const arm = (tenant: TenantId, body: ArmBody): Request<TenantView> =>
  post(`/support/tenants/${at(tenant)}/arm`, body, fits(TenantView));
export type DisarmBody = { readonly reason: string; readonly confirm_tenant_id: string };
export const disarm = (tenant: TenantId, body: DisarmBody): Request<TenantView> =>
  post(`/support/tenants/${at(tenant)}/disarm`, body, fits(TenantView));

export type CreateTenantBody = { readonly id: string; readonly name: string };
export const createTenant = (body: CreateTenantBody): Request<TenantView> => post('/v1/tenants', body, fits(TenantView));

/** Recording is its own act, apart from arming: the same again changes nothing, anything else disarms. */
export type Consent = AnswerOf<typeof ConsentChanged>;
export const recordConsent = (tenant: TenantId, body: RecordConsent): Request<Consent> => ({
  ...post(`/v1/tenants/${at(tenant)}/consent`, body, fits(ConsentChanged)),
  method: 'PUT',
});
export type WithdrawConsentBody = { readonly reason: string };
export const withdrawConsent = (tenant: TenantId, body: WithdrawConsentBody): Request<Consent> => ({
  ...post(`/v1/tenants/${at(tenant)}/consent`, body, fits(ConsentChanged)),
  method: 'DELETE',
});

/** `public_key`: the code is then good for the machine with this key and no other. */
export type EnrollmentCodeBody = { readonly agent_id: string; readonly public_key?: string };
export type EnrollmentCode = AnswerOf<typeof EnrollmentCodeCreated>;
export const createEnrollmentCode = (tenant: TenantId, body: EnrollmentCodeBody): Request<EnrollmentCode> =>
  post(`/v1/tenants/${at(tenant)}/agents`, body, fits(EnrollmentCodeCreated));

/** All of them, or a page of those that fit. */
export type AgentsAsked = { readonly [K in Exclude<keyof AgentsQuery, 'tenant'>]?: AgentsQuery[K] | undefined };
export const listAgents = (tenant?: TenantId, asked: AgentsAsked = {}): Request<Agents> => get(`/v1/agents${querying({ tenant, ...asked })}`, readAgents);
export type AgentCounts = AnswerOf<typeof AgentCountsShape>;
export const agentCounts = (): Request<AgentCounts> => get('/v1/agent-counts', fits(AgentCountsShape));
export const agentLines = (agent: AgentId): Request<AgentLines> => get(`/v1/agents/${at(agent)}/lines`, fits(AgentLines));
export const showAgent = (agent: AgentId): Request<AgentView> => get(`/v1/agents/${at(agent)}`, fits(AgentView));
export const capabilities = (agent: AgentId): Request<Capabilities> =>
  get(`/support/agents/${at(agent)}/capabilities`, readCapabilities);

export type ActivateBody = Omit<Activate, 'minutes'> & { readonly minutes?: number };
export const activate = (agent: AgentId, body: ActivateBody): Request<Activated> => ({
  ...post(`/support/agents/${at(agent)}/activate`, body, fits(Activated)),
  needsOpsToken: true,
});

/** No un-revoke: callers ask a person first, and `confirm` says that they did. */
export const revoke = (agent: AgentId, body: RevokeAgent): Request<AgentRevoked> => ({
  ...post(`/support/agents/${at(agent)}/revoke`, body, fits(AgentRevoked)),
  needsOpsToken: true,
});

export type CommandBody = Pick<RunCommand, 'command' | 'args'> & Partial<Pick<RunCommand, 'request_id' | 'agent_id'>>;
export const command = (tenant: TenantId, token: SessionToken | undefined, body: CommandBody): Request<CommandRan> => ({
  ...post(`/support/tenants/${at(tenant)}/command`, body, fits(CommandRan)),
  session: { token },
  timeoutMs: WRITE_MS + (contractFor(body.command)?.timeoutMs ?? 0),
});

export const listSessions = (tenant?: TenantId): Request<Sessions> =>
  get(`/support/sessions${ofTenant(tenant)}`, readSessions);
export const showSession = (session: SessionId): Request<SessionView> =>
  get(`/support/sessions/${at(session)}`, fits(SessionView));
export const reconcile = (body: Reconcile): Request<ReconciliationView> => ({
  ...post('/v1/audit/reconcile', body, fits(ReconciliationView)),
  timeoutMs: AUDIT_MS,
});
export const listReconciliations = (): Request<Reconciliations> => get('/v1/audit/reconciliations', fits(Reconciliations));
export const listAlerts = (state?: 'open' | 'all'): Request<Alerts> =>
  get(`/v1/alerts${state === undefined ? '' : `?state=${state}`}`, fits(Alerts));
export const acknowledgeAlert = (alert: string, body: AcknowledgeAlert): Request<AlertView> =>
  post(`/v1/alerts/${at(alert)}/acknowledge`, body, fits(AlertView));

export type DeactivateBody = { readonly reason?: string };
export const deactivate = (session: SessionId, body: DeactivateBody): Request<SessionView> =>
  post(`/support/sessions/${at(session)}/deactivate`, body, fits(SessionView));

export type CreatePatBody = CreatePat;
export const createPat = (body: CreatePatBody): Request<PatCreated> => post('/v1/pats', body, fits(PatCreated));
export const claimHandoff = (body: ClaimHandoff): Request<PatCreated> => post('/v1/auth/handoffs/claim', body, fits(PatCreated));
export const listPats = (): Request<PatList> => get('/v1/pats', fits(PatList));
export const revokePat = (token: TokenId): Request<PatView> => remove(`/v1/pats/${at(token)}`, fits(PatView));

/** As it is typed: times in ISO 8601. What is absent or undefined is not asked for. */
type Asked<Q> = { readonly [K in keyof Q]?: (K extends 'from' | 'to' ? string : Q[K]) | undefined };
export const querying = (asked: Readonly<Record<string, string | number | undefined>>): string => {
  const parts = Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${at(value)}`]));
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
};
export type AuditLogAsked = Asked<AuditLogQuery>;
export type SupportAuditAsked = Asked<SupportAuditQuery>;
export type EventsAsked = Asked<EventsQuery>;
export const auditLog = (asked: AuditLogAsked = {}): Request<ApiCallPage> => get(`/v1/audit-log${querying(asked)}`, fits(ApiCallPage));
export const supportAudit = (asked: SupportAuditAsked = {}): Request<SupportAuditPage> =>
  get(`/v1/support-audit${querying(asked)}`, fits(SupportAuditPage));
export const events = (asked: EventsAsked = {}): Request<EventPage> => get(`/v1/events${querying(asked)}`, fits(EventPage));

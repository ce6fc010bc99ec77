/** Every call of the ops API as a value: what goes over the wire, before it goes. Secrets have their own place. */
import { contractFor } from '@argus/protocol/commands/index.ts';
import {
  Activated,
  AgentRevoked,
  AgentView,
  CommandRan,
  SessionView,
  TenantShown,
  TenantView,
  type Activate,
  type RevokeAgent,
  type RunCommand,
} from '@argus/protocol/http/shapes.ts';
import { ApiCallPage, EventPage, SupportAuditPage, type AuditLogQuery, type EventsQuery, type SupportAuditQuery } from '@argus/protocol/http/audit.ts';
import { PatCreated, PatList, PatView, type CreatePat } from '@argus/protocol/http/pats.ts';
import { LoginList, LoginsEnded, LoginShown, RecoveryCodes, Redeemed, SignedOut, TotpBegun, type BeginTotp, type ChangePassword, type Confirm, type Redeem, type SignIn } from '@argus/protocol/http/auth.ts';
import { Invited, UserList, UserView, type ChangeUser, type InviteUser, type WithReason } from '@argus/protocol/http/users.ts';
import type { AgentId, LoginId, PasskeyId, SessionId, SessionToken, TenantId, TokenId, UserId } from '@argus/protocol/ids.ts';
import { NewPasskeyAsked, PasskeyAsked, PasskeyList, PasskeyView, type AddPasskey, type BeginPasskey, type UsePasskey } from '@argus/protocol/http/passkeys.ts';
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

const get = <T>(path: string, read: Read<T>): Request<T> => ({ method: 'GET', path, timeoutMs: READ_MS, read });
const post = <T>(path: string, body: Readonly<Record<string, unknown>>, read: Read<T>): Request<T> => ({
  method: 'POST',
  path,
  body,
  timeoutMs: WRITE_MS,
  read,
});
const del = <T>(path: string, body: Readonly<Record<string, unknown>> | undefined, read: Read<T>): Request<T> => ({ method: 'DELETE', path, ...(body && { body }), timeoutMs: WRITE_MS, read });
/** Ids have no character that needs it; text that only claims to be an id cannot leave its place. */
const at = encodeURIComponent;
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

export const listAgents = (tenant?: TenantId): Request<Agents> => get(`/v1/agents${ofTenant(tenant)}`, readAgents);
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
export const listPats = (): Request<PatList> => get('/v1/pats', fits(PatList));
export const revokePat = (token: TokenId): Request<PatView> => ({
  method: 'DELETE',
  path: `/v1/pats/${at(token)}`,
  timeoutMs: WRITE_MS,
  read: fits(PatView),
});

export type SignInBody = SignIn;
/** The cookie is the browser's business; `csrf_token` of the answer goes into the header of what changes something. */
export const signIn = (body: SignInBody): Request<LoginShown> => post('/v1/auth/sign-in', body, fits(LoginShown));
export const redeemLink = (body: Redeem): Request<Redeemed> => post('/v1/auth/redeem', body, fits(Redeemed));
export const showLogin = (): Request<LoginShown> => get('/v1/auth/login', fits(LoginShown));
export const stayHere = (): Request<LoginShown> => post('/v1/auth/here', {}, fits(LoginShown));
export const signOut = (): Request<SignedOut> => post('/v1/auth/sign-out', {}, fits(SignedOut));
export const listLogins = (): Request<LoginList> => get('/v1/auth/logins', fits(LoginList));
export const endLogin = (login: LoginId): Request<LoginsEnded> => del(`/v1/auth/logins/${at(login)}`, undefined, fits(LoginsEnded));
export const stepUp = (body: Confirm): Request<LoginShown> => post('/v1/auth/confirm', body, fits(LoginShown));
export const changePassword = (body: ChangePassword): Request<LoginShown> => post('/v1/auth/password', body, fits(LoginShown));
export const beginTotp = (body: BeginTotp): Request<TotpBegun> => post('/v1/auth/totp', body, fits(TotpBegun));
export const setTotp = (body: Confirm): Request<RecoveryCodes> => post('/v1/auth/totp/confirm', body, fits(RecoveryCodes));
export const dropTotp = (): Request<LoginShown> => del('/v1/auth/totp', undefined, fits(LoginShown));
export const newRecoveryCodes = (): Request<RecoveryCodes> => post('/v1/auth/recovery-codes', {}, fits(RecoveryCodes));

export const listUsers = (): Request<UserList> => get('/v1/users', fits(UserList));
export const inviteUser = (body: InviteUser): Request<Invited> => post('/v1/users', body, fits(Invited));
export const changeUser = (user: UserId, body: ChangeUser): Request<UserView> => ({ ...post(`/v1/users/${at(user)}`, body, fits(UserView)), method: 'PUT' });
export const removeUser = (user: UserId, body: WithReason): Request<UserView> => del(`/v1/users/${at(user)}`, body, fits(UserView));
export const resetUser = (user: UserId, body: WithReason): Request<Invited> => post(`/v1/users/${at(user)}/reset`, body, fits(Invited));
export const unlockUser = (user: UserId, body: WithReason): Request<UserView> => post(`/v1/users/${at(user)}/unlock`, body, fits(UserView));
export const loginsOfUser = (user: UserId): Request<LoginList> => get(`/v1/users/${at(user)}/logins`, fits(LoginList));
export const endLoginsOfUser = (user: UserId, body: WithReason): Request<LoginsEnded> => del(`/v1/users/${at(user)}/logins`, body, fits(LoginsEnded));

/** As it is typed: times in ISO 8601. What is absent or undefined is not asked for. */
type Asked<Q> = { readonly [K in keyof Q]?: (K extends 'from' | 'to' ? string : Q[K]) | undefined };
const querying = (asked: Readonly<Record<string, string | number | undefined>>): string => {
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

// Passkeys of whoever is signed in. What a browser signs is made by the page; nothing here talks to one.
export const beginPasskeySignIn = (): Request<PasskeyAsked> => post('/v1/auth/passkey/begin', {}, fits(PasskeyAsked));
export const passkeySignIn = (body: UsePasskey): Request<LoginShown> => post('/v1/auth/passkey', body, fits(LoginShown));
export const listPasskeys = (): Request<PasskeyList> => get('/v1/auth/passkeys', fits(PasskeyList));
export const beginPasskey = (body: BeginPasskey): Request<NewPasskeyAsked> => post('/v1/auth/passkeys/begin', body, fits(NewPasskeyAsked));
export const addPasskey = (body: AddPasskey): Request<PasskeyView> => post('/v1/auth/passkeys', body, fits(PasskeyView));
export const removePasskey = (passkey: PasskeyId): Request<PasskeyList> => ({ method: 'DELETE', path: `/v1/auth/passkeys/${at(passkey)}`, timeoutMs: WRITE_MS, read: fits(PasskeyList) });
export const beginPasskeyConfirm = (): Request<PasskeyAsked> => post('/v1/auth/confirm/passkey/begin', {}, fits(PasskeyAsked));
export const passkeyConfirm = (body: UsePasskey): Request<LoginShown> => post('/v1/auth/confirm/passkey', body, fits(LoginShown));
/** Where a page leads the browser to, where people sign in at an identity provider: no request, an address. */
export const oidcAddress = (returnTo: string): string => `/v1/auth/oidc/begin?return_to=${at(returnTo)}`;

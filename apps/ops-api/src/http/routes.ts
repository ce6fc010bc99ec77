import { ApiCallPage, AuditLogQuery, EventPage, EventsQuery, SupportAuditPage, SupportAuditQuery } from '@argus/protocol/http/audit.ts';
import { ApproveHandoff, ClaimHandoff, CreatePat, HandoffApproved, PatCreated, PatList, PatView } from '@argus/protocol/http/pats.ts';
import { AcknowledgeAlert, Alerts, AlertsQuery, AlertView } from '@argus/protocol/http/alerts.ts';
import { Reconcile, Reconciliations, ReconciliationView } from '@argus/protocol/http/reconciliation.ts';
import {
  Activate,
  ActivatedHere,
  AgentEnrolled,
  AgentRevoked,
  AgentView,
  ArmTenant,
  CommandRan,
  CreateEnrollmentCode,
  CreateTenant,
  Deactivate,
  DisarmTenant,
  EnrollAgent,
  EnrollmentCodeCreated,
  RecordConsent,
  RevokeAgent,
  RunCommand,
  SessionView,
  TenantShown,
  TenantView,
  WithdrawConsent,
} from '@argus/protocol/http/shapes.ts';
import { Capabilities } from '@argus/protocol/http/capabilities.ts';
import { ConsentChanged } from '@argus/protocol/http/consent.ts';
import { AgentCounts, AgentLines, AgentList, AgentsQuery } from '@argus/protocol/http/agents.ts';
import { OfTenant, SessionList, TenantList } from '@argus/protocol/http/lists.ts';
import { BundleQuery, BundleTar, ExportLines, ExportQuery, ReplayQuery, SessionReplay } from '@argus/protocol/http/evidence.ts';
import { LiveQuery, LiveStream } from '@argus/protocol/http/live.ts';
import { LogCheckpoint, LogCheckpointQuery, LogCosignatures, LogCosignaturesQuery, LogEntries, LogEntriesQuery, LogProof, LogProofQuery, LogReceipts, LogReceiptsQuery } from '@argus/protocol/http/log.ts';
import { Explained, ExplainActivation } from '@argus/protocol/http/explain.ts';
import { ProposeSession, SessionProposed } from '@argus/protocol/http/proposals.ts';
import { McpEnded, McpMessage, McpReply } from '@argus/protocol/http/mcp.ts';
import { Me } from '@argus/protocol/http/me.ts';
import { Health, MetricsText, OpenApi, Readiness, ServerStatus } from '@argus/protocol/http/server.ts';
import { ARGS_BYTES_MAX } from '@argus/protocol/commands/index.ts';
import type { ErrorCode } from '@argus/protocol/errors.ts';
import type { z } from 'zod';
import { RANGE_MAX_MS, ROWS_MAX } from '../audit/on-demand.ts';
import { DAY_MS } from '../audit/windows.ts';
import { BeginTotp, ChangePassword, Confirm, LoginList, LoginsEnded, LoginShown, Nothing, RecoveryCodes, Redeem, Redeemed, SignedOut, SignIn, SignInWays, TotpBegun } from '@argus/protocol/http/auth.ts';
import { OidcBeginQuery, OidcCallbackQuery, Redirected } from '@argus/protocol/http/oidc.ts';
import { AddPasskey, BeginPasskey, NewPasskeyAsked, PasskeyAsked, PasskeyList, PasskeyView, RenamePasskey, UsePasskey } from '@argus/protocol/http/passkeys.ts';
import { ChangeUser, Invited, InviteUser, UserList, UserView, WithReason } from '@argus/protocol/http/users.ts';
import type { Scope } from '../people/principal.ts';
import type { Role } from '../people/roles.ts';

/** Who may? One of these answers, and no default. */
export type Door =
  | { readonly kind: 'open'; readonly why: string }
  | { readonly kind: 'code'; readonly why: string } // the body carries its own single-use credential
  | { readonly kind: 'scrape'; readonly why: string } // the scrape token where one is set, else a loopback caller
  | { readonly kind: 'credential' } //                 anybody who is somebody
  | { readonly kind: 'token' } //                      the same, but no cookie: for programs
  | { readonly kind: 'scope'; readonly scope: Scope; readonly orLogin?: true } // a person may without it, for what is their own
  | { readonly kind: 'sign_in'; readonly why: string } // anybody who comes from our page, or from none
  | { readonly kind: 'login' } //                       a person who is signed in
  | { readonly kind: 'role'; readonly roles: readonly [Role, ...Role[]] } // one with such a role
  | { readonly kind: 'log'; readonly scopes: readonly [Scope, ...Scope[]] } // one of these, or the tenant's own read token
  | { readonly kind: 'ladder'; readonly ladder: 'activation' | 'command' | 'revoke' }; // asks the network before it asks who you are

export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: `/${string}`; // mounted here and under /v1
  readonly door: Door; //         required: a route without an answer does not compile
  readonly body?: z.ZodType;
  readonly query?: z.ZodObject; // every parameter it takes; another one is refused by name
  readonly answer: z.ZodType; //   of a success; tests hold every answer to it
  readonly refuses?: readonly ErrorCode[]; // beyond what door, path, query and body imply; tests hold refusals to it
  readonly bodyBytesMax?: number; // 64 KiB when unset; read only once the rungs before the body let the caller on
  readonly type?: string; //       of the answer, where it is not JSON
  readonly status?: 200 | 201 | 302;
  readonly recorded?: 'before_answer'; // who reads the record is on record first
  readonly accepted?: 202; //     without a body: what was sent asks for no answer
  readonly polled?: true; //      pages ask by themselves: nobody counts as being there for it
  readonly secretBody?: true; //  a password or a code in it: not even its digest is kept
  readonly unready?: 503; //      the same answer under this status, when a part of it says no
  readonly summary: string;
};

/** What can come of it once the ladder is climbed and the agent is asked. */
const WAKING = ['agent_did_not_acknowledge', 'agent_refused', 'agent_lost', 'indicator_failed', 'tenant_switched_off', 'activity_not_recorded', 'session_expired', 'session_mismatch', 'not_in_log', 'outcome_unrecorded'] as const;
const ASKING = ['agent_lost', 'agent_refused', 'activity_not_recorded', 'command_timed_out', 'not_in_log', 'request_id_reused', 'result_gone', 'too_many_results', 'result_too_large', 'bad_agent_signature', 'bad_frame', 'outcome_unrecorded', 'file_not_found', 'log_copy_too_large', 'log_copy_damaged', 'rate_limited', 'camera_not_found', 'camera_failed'] as const;

/** What a machine says of a patch. */
const PATCHING = ['patch_signature_invalid', 'patch_wrong_target', 'patch_expired', 'patch_not_yet_valid', 'patch_replayed', 'patch_target_not_allowlisted', 'patch_mode_forbidden', 'patch_not_applied', 'patch_incomplete'] as const;

/** Whose log it is may read it too, with a token of its own. */
const LOG_DOOR = { kind: 'log', scopes: ['logs:read'] } as const satisfies Door;

/** Who may change other people: how far each reaches follows from their roles. */
const MANAGERS = { kind: 'role', roles: ['owner', 'admin'] } as const satisfies Door;

/** Every way into the API. A name here without a handler, or a handler without a name, does not compile. */
export const ROUTES = {
  health: { method: 'GET', path: '/healthz', door: { kind: 'open', why: 'load balancers; says nothing about tenants' }, answer: Health, summary: 'The process is up.' },
  ready: { method: 'GET', path: '/readyz', door: { kind: 'open', why: 'load balancers; says which part is missing, not what it holds' }, answer: Readiness, unready: 503, summary: 'The server can do its work.' },
  metrics: { method: 'GET', path: '/metrics', door: { kind: 'scrape', why: 'a scraper has no operator; numbers only, and no name of anybody in them' }, answer: MetricsText, type: 'text/plain; version=0.0.4; charset=utf-8', summary: 'Counts and times, in the text format of Prometheus.' },
  openapi: { method: 'GET', path: '/openapi.json', door: { kind: 'open', why: 'the same for everyone, and public with the code; says nothing of this server' }, answer: OpenApi, summary: 'This API, as an OpenAPI 3.1 document.' },
  serverStatus: { method: 'GET', path: '/server', door: { kind: 'scope', scope: 'logs:read' }, polled: true, answer: ServerStatus, refuses: ['missing_role'], summary: 'How the process that answers is doing: versions, memory, queues, jobs. For whoever sees all tenants.' },
  me: { method: 'GET', path: '/operators/me', door: { kind: 'credential' }, polled: true, answer: Me, summary: 'Who the credential belongs to and what it may do.' },

  live: { method: 'GET', path: '/live', door: { kind: 'credential' }, query: LiveQuery, polled: true, answer: LiveStream, type: 'text/event-stream; charset=utf-8', refuses: ['rate_limited'], summary: 'Hear which topics change, of the tenants this credential may see. A line that broke goes on where it was: Last-Event-ID.' },

  createTenant: { method: 'POST', path: '/tenants', door: { kind: 'scope', scope: 'tenants:write' }, body: CreateTenant, status: 201, answer: TenantView, refuses: ['tenant_exists'], summary: 'Add a tenant.' },
  listTenants: { method: 'GET', path: '/tenants', door: { kind: 'scope', scope: 'tenants:read' }, polled: true, answer: TenantList, summary: 'The tenants this credential may see.' },
  showTenant: { method: 'GET', path: '/tenants/:tenant', door: { kind: 'scope', scope: 'tenants:read' }, polled: true, answer: TenantShown, summary: 'One tenant: its consent, in whose hand it is, and which machines go by the key that signed it.' },
  recordConsent: { method: 'PUT', path: '/tenants/:tenant/consent', door: { kind: 'scope', scope: 'consent:write' }, body: RecordConsent, answer: ConsentChanged, summary: 'Record what the tenant signed. Anything but the very same again disarms and ends live sessions; the same again changes nothing.' },
  withdrawConsent: { method: 'DELETE', path: '/tenants/:tenant/consent', door: { kind: 'scope', scope: 'consent:write' }, body: WithdrawConsent, answer: ConsentChanged, summary: 'Withdraw consent; disarms and ends live sessions.' },
  arm: { method: 'POST', path: '/support/tenants/:tenant/arm', door: { kind: 'scope', scope: 'remote_support:arm' }, body: ArmTenant, answer: TenantView, refuses: ['rate_limited', 'step_up_required', 'confirm_tenant_mismatch', 'tenant_consent_required', 'consent_document_mismatch'], summary: 'Assert the recorded consent and open the tenant for activation.' },
  disarm: { method: 'POST', path: '/support/tenants/:tenant/disarm', door: { kind: 'scope', scope: 'remote_support:arm' }, body: DisarmTenant, answer: TenantView, refuses: ['rate_limited', 'confirm_tenant_mismatch'], summary: 'Close the tenant for activation; ends live sessions.' },

  createEnrollmentCode: { method: 'POST', path: '/tenants/:tenant/agents', door: { kind: 'scope', scope: 'agents:enroll' }, body: CreateEnrollmentCode, status: 201, answer: EnrollmentCodeCreated, refuses: ['agent_exists'], summary: 'Make a single-use enrollment code for one agent id.' },
  enrollAgent: { method: 'POST', path: '/agents/enroll', door: { kind: 'code', why: 'the machine has nothing but the code and its new key' }, body: EnrollAgent, status: 201, answer: AgentEnrolled, refuses: ['enrollment_refused'], summary: 'Exchange a code and a proof of the identity key for the passkey.' },
  listAgents: { method: 'GET', path: '/agents', door: { kind: 'scope', scope: 'tenants:read' }, query: AgentsQuery, polled: true, answer: AgentList, refuses: ['tenant_not_found'], summary: 'Agents this credential may see: all of them, or a page of those that fit.' },
  agentCounts: { method: 'GET', path: '/agent-counts', door: { kind: 'scope', scope: 'tenants:read' }, polled: true, answer: AgentCounts, summary: 'How many agents each tenant has, how many are online, and how many in a session.' },
  showAgent: { method: 'GET', path: '/agents/:agent', door: { kind: 'scope', scope: 'tenants:read' }, polled: true, answer: AgentView, summary: 'One agent.' },
  agentLines: { method: 'GET', path: '/agents/:agent/lines', door: { kind: 'scope', scope: 'tenants:read' }, polled: true, answer: AgentLines, summary: 'When the line of an agent came and went, for as long as that is kept.' },
  capabilities: { method: 'GET', path: '/support/agents/:agent/capabilities', door: { kind: 'scope', scope: 'tenants:read' }, polled: true, answer: Capabilities, summary: 'What the agent last said it can do. Advisory.' },

  activate: { method: 'POST', path: '/support/agents/:agent/activate', door: { kind: 'ladder', ladder: 'activation' }, body: Activate, status: 201, answer: ActivatedHere, refuses: WAKING, summary: 'Open a time-boxed session on one agent.' },
  revokeAgent: { method: 'POST', path: '/support/agents/:agent/revoke', door: { kind: 'ladder', ladder: 'revoke' }, body: RevokeAgent, answer: AgentRevoked, summary: 'Revoke an agent, for good. Ends its session and closes its line.' },
  command: { method: 'POST', path: '/support/tenants/:tenant/command', door: { kind: 'ladder', ladder: 'command' }, body: RunCommand, bodyBytesMax: ARGS_BYTES_MAX + 4_096, answer: CommandRan, refuses: [...ASKING, ...PATCHING], summary: 'Run one allowlisted command in a session.' },
  explain: { method: 'POST', path: '/support/explain', door: { kind: 'ladder', ladder: 'activation' }, body: ExplainActivation, answer: Explained, summary: 'Say gate by gate why activation would open a session or not. Opens nothing, burns no nonce.' },
  explainCommand: { method: 'POST', path: '/support/tenants/:tenant/explain', door: { kind: 'ladder', ladder: 'command' }, body: RunCommand, answer: Explained, summary: 'Say gate by gate whether a command would be let through in a session. Sends nothing to the machine.' },
  proposeSession: { method: 'POST', path: '/support/proposals', door: { kind: 'scope', scope: 'sessions:propose' }, body: ProposeSession, status: 201, answer: SessionProposed, refuses: ['agent_not_found', 'rate_limited'], summary: 'Put a proposal for a session on record, and answer what a person types to open it. Opens nothing.' },
  listSessions: { method: 'GET', path: '/support/sessions', door: { kind: 'scope', scope: 'remote_support', orLogin: true }, query: OfTenant, polled: true, answer: SessionList, refuses: ['tenant_not_found'], summary: 'Sessions of the tenants within reach, newest first: whoever is signed in may watch them. Never a token.' },
  showSession: { method: 'GET', path: '/support/sessions/:session', door: { kind: 'scope', scope: 'remote_support', orLogin: true }, polled: true, answer: SessionView, summary: 'One session of the tenants within reach: whoever is signed in may watch it. Never a token.' },
  deactivate: { method: 'POST', path: '/support/sessions/:session/deactivate', door: { kind: 'scope', scope: 'remote_support' }, body: Deactivate, answer: SessionView, refuses: ['outcome_unrecorded'], summary: 'End a session. Idempotent.' },

  logCheckpoint: { method: 'GET', path: '/tenants/:tenant/log/checkpoint', door: LOG_DOOR, query: LogCheckpointQuery, answer: LogCheckpoint, summary: 'The newest signed checkpoint of the tenant\'s log.' },
  logEntries: { method: 'GET', path: '/tenants/:tenant/log/entries', door: LOG_DOOR, query: LogEntriesQuery, answer: LogEntries, summary: 'Entries of the log, exact texts.' },
  logProof: { method: 'GET', path: '/tenants/:tenant/log/proof', door: LOG_DOOR, query: LogProofQuery, polled: true, answer: LogProof, summary: 'A proof of inclusion (index) or of consistency (from).' },
  logBundle: { method: 'GET', path: '/tenants/:tenant/log/bundle', door: LOG_DOOR, query: BundleQuery, answer: BundleTar, type: 'application/x-tar', refuses: ['session_not_found', 'log_damaged', 'rate_limited'], recorded: 'before_answer', summary: 'The log, a period of it or one session, with all it takes to check it offline: one tar file.' },
  logExport: { method: 'GET', path: '/tenants/:tenant/log/export', door: LOG_DOOR, query: ExportQuery, answer: ExportLines, type: 'application/x-ndjson', refuses: ['rate_limited'], recorded: 'before_answer', summary: 'Entries of the log for another system, one per line with its index.' },

  replaySession: { method: 'GET', path: '/support/sessions/:session/replay', door: { kind: 'log', scopes: ['remote_support', 'logs:read'] }, query: ReplayQuery, polled: true, answer: SessionReplay, refuses: ['log_damaged'], recorded: 'before_answer', summary: 'What was asked in a session, by whom, and what came of it, each step with its entries and their proofs.' },

  logReceipts: { method: 'GET', path: '/tenants/:tenant/log/receipts', door: LOG_DOOR, query: LogReceiptsQuery, answer: LogReceipts, refuses: ['log_damaged'], summary: 'Consents the tenant signed itself, exactly as signed, at the entries that recorded them; at most 64 at a time.' },
  logCosignatures: { method: 'GET', path: '/tenants/:tenant/log/cosignatures', door: LOG_DOOR, query: LogCosignaturesQuery, answer: LogCosignatures, summary: 'What the machines of the tenant have cosigned of the log: one size, or the newest of each.' },

  mcp: { method: 'POST', path: '/mcp', door: { kind: 'token' }, body: McpMessage, answer: McpReply, accepted: 202, refuses: ['foreign_origin', 'mcp_session_not_found', 'mcp_version_unsupported', 'mcp_message_refused'], summary: 'Model Context Protocol over streamable HTTP: one JSON-RPC message. Tools read and propose; each call is a request of this API with the same credential.' },
  endMcp: { method: 'DELETE', path: '/mcp', door: { kind: 'token' }, answer: McpEnded, refuses: ['foreign_origin', 'mcp_session_not_found'], summary: 'End an MCP session.' },

  createPat: { method: 'POST', path: '/pats', door: { kind: 'scope', scope: 'pats:write', orLogin: true }, body: CreatePat, answer: PatCreated, refuses: ['pat_too_mighty', 'tenant_not_found', 'step_up_required'], status: 201, summary: 'Make a personal access token of your own, no mightier than yours. Shown once.' },
  listPats: { method: 'GET', path: '/pats', door: { kind: 'scope', scope: 'pats:write', orLogin: true }, polled: true, answer: PatList, summary: 'The tokens within this credential\'s reach. Never a secret.' },
  revokePat: { method: 'DELETE', path: '/pats/:token', door: { kind: 'scope', scope: 'pats:write', orLogin: true }, answer: PatView, summary: 'Revoke a token; it opens nothing from the next request on. Idempotent.' },

  signInWays: { method: 'GET', path: '/auth/ways', door: { kind: 'open', why: 'a page has to know what to ask for before anybody is signed in' }, answer: SignInWays, polled: true, summary: 'How people sign in here: with a password, a passkey, or at an identity provider.' },
  signIn: { method: 'POST', path: '/auth/sign-in', door: { kind: 'sign_in', why: 'nobody is anybody yet' }, body: SignIn, answer: LoginShown, refuses: ['sign_in_refused', 'second_factor_required'], summary: 'Sign in with e-mail, password and second factor. The answer sets the cookie; what it asks for next time is in it.' },
  redeemLink: { method: 'POST', path: '/auth/redeem', door: { kind: 'sign_in', why: 'the body carries a link of one use' }, body: Redeem, status: 201, answer: Redeemed, refuses: ['invitation_refused', 'password_refused', 'user_exists'], summary: 'Follow a link: join, or begin anew with another password. Signs nobody in.' },
  showLogin: { method: 'GET', path: '/auth/login', door: { kind: 'login' }, answer: LoginShown, polled: true, summary: 'Who is signed in here, until when, and the token that goes with it.' },
  stayHere: { method: 'POST', path: '/auth/here', door: { kind: 'login' }, body: Nothing, answer: LoginShown, summary: 'Say that somebody is there: pages poll by themselves, and that does not count.' },
  signOut: { method: 'POST', path: '/auth/sign-out', door: { kind: 'login' }, body: Nothing, answer: SignedOut, summary: 'Sign out. Sessions opened with this sign-in end.' },
  listLogins: { method: 'GET', path: '/auth/logins', door: { kind: 'login' }, answer: LoginList, polled: true, summary: 'Your own sign-ins.' },
  endLogin: { method: 'DELETE', path: '/auth/logins/:login', door: { kind: 'login' }, answer: LoginsEnded, summary: 'End one of your own sign-ins, and the sessions it opened. Idempotent.' },
  stepUp: { method: 'POST', path: '/auth/confirm', door: { kind: 'login' }, body: Confirm, secretBody: true, answer: LoginShown, refuses: ['step_up_required', 'rate_limited'], summary: 'Confirm your sign-in with a code; it counts for five minutes.' },
  changePassword: { method: 'POST', path: '/auth/password', door: { kind: 'login' }, body: ChangePassword, secretBody: true, answer: LoginShown, refuses: ['wrong_password', 'password_refused', 'rate_limited', 'user_not_found', 'sign_in_refused'], summary: 'Change your password. Your other sign-ins end, and this one goes on under another cookie.' },
  beginTotp: { method: 'POST', path: '/auth/totp', door: { kind: 'login' }, body: BeginTotp, secretBody: true, answer: TotpBegun, refuses: ['wrong_password', 'step_up_required', 'rate_limited'], summary: 'Begin to set up an authenticator app; one you have already counts until the new one does.' },
  setTotp: { method: 'POST', path: '/auth/totp/confirm', door: { kind: 'login' }, body: Confirm, secretBody: true, answer: RecoveryCodes, refuses: ['step_up_required', 'rate_limited', 'user_not_found', 'login_not_found'], summary: 'Its first code: from now on it is asked for. Shows new recovery codes, once.' },
  dropTotp: { method: 'DELETE', path: '/auth/totp', door: { kind: 'login' }, answer: LoginShown, refuses: ['second_factor_stays', 'step_up_required', 'user_not_found'], summary: 'Give up your authenticator app. Owners and admins cannot.' },
  newRecoveryCodes: { method: 'POST', path: '/auth/recovery-codes', door: { kind: 'login' }, body: Nothing, answer: RecoveryCodes, refuses: ['step_up_required', 'user_not_found'], summary: 'New recovery codes, shown once; the old ones are spent.' },

  beginPasskeySignIn: { method: 'POST', path: '/auth/passkey/begin', door: { kind: 'sign_in', why: 'nobody is anybody yet' }, body: Nothing, answer: PasskeyAsked, summary: 'Ask for a challenge to sign in with a passkey. It counts once, for five minutes.' },
  passkeySignIn: { method: 'POST', path: '/auth/passkey', door: { kind: 'sign_in', why: 'the body carries what a passkey signed' }, body: UsePasskey, answer: LoginShown, refuses: ['sign_in_refused', 'passkey_copied'], summary: 'Sign in with a passkey: two factors in one touch, and the sign-in counts as confirmed.' },
  listPasskeys: { method: 'GET', path: '/auth/passkeys', door: { kind: 'login' }, polled: true, answer: PasskeyList, summary: 'Your own passkeys, each as a tenant can name it in a receipt.' },
  beginPasskey: { method: 'POST', path: '/auth/passkeys/begin', door: { kind: 'login' }, body: BeginPasskey, secretBody: true, answer: NewPasskeyAsked, refuses: ['step_up_required', 'wrong_password', 'rate_limited', 'passkey_refused'], summary: 'Begin to make a passkey. Who has a second factor confirms first; who has none sends the password.' },
  addPasskey: { method: 'POST', path: '/auth/passkeys', door: { kind: 'login' }, body: AddPasskey, status: 201, answer: PasskeyView, refuses: ['passkey_refused', 'login_not_found'], summary: 'Keep the passkey that was made. The first second factor of a user ends their other sign-ins.' },
  renamePasskey: { method: 'PUT', path: '/auth/passkeys/:passkey', door: { kind: 'login' }, body: RenamePasskey, answer: PasskeyList, summary: 'Call one of your passkeys something else.' },
  removePasskey: { method: 'DELETE', path: '/auth/passkeys/:passkey', door: { kind: 'login' }, answer: PasskeyList, refuses: ['step_up_required', 'second_factor_stays'], summary: 'Give up a passkey: nobody signs in or confirms with it again. Owners and admins keep their last second factor.' },
  beginPasskeyConfirm: { method: 'POST', path: '/auth/confirm/passkey/begin', door: { kind: 'login' }, body: Nothing, answer: PasskeyAsked, refuses: ['passkey_refused'], summary: 'Ask for a challenge to confirm your sign-in with a passkey.' },
  passkeyConfirm: { method: 'POST', path: '/auth/confirm/passkey', door: { kind: 'login' }, body: UsePasskey, answer: LoginShown, refuses: ['passkey_refused', 'passkey_copied', 'login_not_found'], summary: 'Confirm your sign-in with a passkey; it counts for five minutes.' },
  beginOidc: { method: 'GET', path: '/auth/oidc/begin', door: { kind: 'open', why: 'a browser is led to the identity provider' }, query: OidcBeginQuery, status: 302, type: 'text/plain; charset=utf-8', answer: Redirected, refuses: ['sign_in_off', 'provider_unavailable'], summary: 'Go and sign in at the identity provider (AUTH_MODE=oidc).' },
  oidcCallback: { method: 'GET', path: '/auth/oidc/callback', door: { kind: 'open', why: 'a browser comes back from the identity provider, with a cookie of its own attempt' }, query: OidcCallbackQuery, status: 302, type: 'text/plain; charset=utf-8', answer: Redirected, refuses: ['sign_in_off', 'provider_refused', 'provider_unavailable', 'sign_in_refused', 'user_exists', 'last_owner', 'audit_unavailable', 'user_changed_meanwhile', 'rate_limited'], summary: 'Come back from the identity provider: sets the cookie of the sign-in and leads on to the console.' },

  approveHandoff: { method: 'POST', path: '/auth/handoffs', door: { kind: 'login' }, body: ApproveHandoff, status: 201, answer: HandoffApproved, refuses: ['pat_too_mighty', 'tenant_not_found', 'step_up_required'], summary: 'Let a program on your own machine have a token, no mightier than you. Answers a code for it, good once and for a minute.' },
  claimHandoff: { method: 'POST', path: '/auth/handoffs/claim', door: { kind: 'code', why: 'the program has nothing but the code and its verifier' }, body: ClaimHandoff, status: 201, secretBody: true, answer: PatCreated, refuses: ['handoff_refused', 'rate_limited'], summary: 'Exchange the code of a hand-off and the verifier behind its challenge for the token. Whatever is wrong, the code is spent.' },

  listUsers: { method: 'GET', path: '/users', door: MANAGERS, answer: UserList, polled: true, summary: 'The people within your reach.' },
  inviteUser: { method: 'POST', path: '/users', door: MANAGERS, body: InviteUser, status: 201, answer: Invited, refuses: ['step_up_required', 'role_too_mighty', 'tenant_not_found', 'user_exists'], summary: 'Make a link for somebody to join with, of one use, good for 72 hours. Shown once.' },
  changeUser: { method: 'PUT', path: '/users/:user', door: MANAGERS, body: ChangeUser, answer: UserView, refuses: ['step_up_required', 'role_too_mighty', 'tenant_not_found', 'last_owner', 'user_changed_meanwhile'], summary: 'Change role, tenants or state of a user. Their sign-ins end, tokens that reach further, and links they made or were made for them.' },
  removeUser: { method: 'DELETE', path: '/users/:user', door: MANAGERS, body: WithReason, answer: UserView, refuses: ['step_up_required', 'role_too_mighty', 'last_owner', 'user_changed_meanwhile'], summary: 'Remove a user, for good. Whatever they had open ends.' },
  resetUser: { method: 'POST', path: '/users/:user/reset', door: MANAGERS, body: WithReason, status: 201, answer: Invited, refuses: ['step_up_required', 'role_too_mighty', 'user_changed_meanwhile'], summary: 'Make a link for somebody who lost password or second factor. Shown once.' },
  unlockUser: { method: 'POST', path: '/users/:user/unlock', door: MANAGERS, body: WithReason, answer: UserView, refuses: ['step_up_required', 'role_too_mighty'], summary: 'End the rest of an account after too many mistakes.' },
  loginsOfUser: { method: 'GET', path: '/users/:user/logins', door: MANAGERS, answer: LoginList, polled: true, summary: 'The sign-ins of a user.' },
  endLoginsOfUser: { method: 'DELETE', path: '/users/:user/logins', door: MANAGERS, body: WithReason, answer: LoginsEnded, refuses: ['role_too_mighty'], summary: 'End all sign-ins of a user, and the sessions they opened.' },

  auditLog: { method: 'GET', path: '/audit-log', door: { kind: 'scope', scope: 'logs:read' }, query: AuditLogQuery, polled: true, answer: ApiCallPage, refuses: ['tenant_not_found'], recorded: 'before_answer', summary: 'Calls of this API, newest first.' },
  supportAudit: { method: 'GET', path: '/support-audit', door: { kind: 'scope', scope: 'logs:read' }, query: SupportAuditQuery, polled: true, answer: SupportAuditPage, refuses: ['tenant_not_found'], recorded: 'before_answer', summary: 'What was tried and what came of it, newest first.' },
  events: { method: 'GET', path: '/events', door: { kind: 'scope', scope: 'logs:read' }, query: EventsQuery, polled: true, answer: EventPage, refuses: ['tenant_not_found'], recorded: 'before_answer', summary: 'Entries of all logs within reach, newest first.' },

  reconcile: { method: 'POST', path: '/audit/reconcile', door: { kind: 'scope', scope: 'audit:run' }, body: Reconcile, answer: ReconciliationView, refuses: ['audit_running', 'audit_range_too_large', 'missing_role'], summary: `Audit a stretch of time now: at most ${RANGE_MAX_MS / DAY_MS} days and ${ROWS_MAX} rows, until now at the latest; the last 24 hours unless it is named.` },
  listReconciliations: { method: 'GET', path: '/audit/reconciliations', door: { kind: 'scope', scope: 'logs:read' }, polled: true, answer: Reconciliations, summary: 'Results of audits, newest first.' },
  listAlerts: { method: 'GET', path: '/alerts', door: { kind: 'scope', scope: 'logs:read' }, query: AlertsQuery, polled: true, answer: Alerts, summary: 'Alerts nobody has acknowledged, newest first.' },
  acknowledgeAlert: { method: 'POST', path: '/alerts/:alert/acknowledge', door: { kind: 'scope', scope: 'alerts:write' }, body: AcknowledgeAlert, answer: AlertView, refuses: ['alert_acknowledged'], summary: 'Say that somebody has looked, and why that is enough.' },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
export const LADDER_ROUTES = ['activate', 'command', 'revokeAgent', 'explain', 'explainCommand'] as const satisfies readonly RouteName[];
export type LadderRoute = (typeof LADDER_ROUTES)[number];
export type PlainRoute = Exclude<RouteName, LadderRoute>;
export type BodyOf<N extends RouteName> = (typeof ROUTES)[N] extends { readonly body: infer S extends z.ZodType } ? z.infer<S> : undefined;
export type QueryOf<N extends RouteName> = (typeof ROUTES)[N] extends { readonly query: infer S extends z.ZodType } ? z.infer<S> : Record<string, never>;

import { ApiCallPage, AuditLogQuery, EventPage, EventsQuery, SupportAuditPage, SupportAuditQuery } from '@argus/protocol/http/audit.ts';
import { CreatePat, PatCreated, PatList, PatView } from '@argus/protocol/http/pats.ts';
import { AcknowledgeAlert, Alerts, AlertsQuery, AlertView } from '@argus/protocol/http/alerts.ts';
import { Reconcile, Reconciliations, ReconciliationView } from '@argus/protocol/http/reconciliation.ts';
import {
  Activate,
  Activated,
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
import { AgentList, OfTenant, SessionList, TenantList } from '@argus/protocol/http/lists.ts';
import { BundleQuery, BundleTar, ExportLines, ExportQuery, ReplayQuery, SessionReplay } from '@argus/protocol/http/evidence.ts';
import { LogCheckpoint, LogCheckpointQuery, LogCosignatures, LogCosignaturesQuery, LogEntries, LogEntriesQuery, LogProof, LogProofQuery } from '@argus/protocol/http/log.ts';
import { Explained, ExplainActivation } from '@argus/protocol/http/explain.ts';
import { ProposeSession, SessionProposed } from '@argus/protocol/http/proposals.ts';
import { McpEnded, McpMessage, McpReply } from '@argus/protocol/http/mcp.ts';
import { Me } from '@argus/protocol/http/me.ts';
import { Health, MetricsText, OpenApi, Readiness } from '@argus/protocol/http/server.ts';
import { ARGS_BYTES_MAX } from '@argus/protocol/commands/index.ts';
import type { ErrorCode } from '@argus/protocol/errors.ts';
import type { z } from 'zod';
import { RANGE_MAX_MS, ROWS_MAX } from '../audit/on-demand.ts';
import { DAY_MS } from '../audit/windows.ts';
import type { Scope } from '../people/principal.ts';

/** Who may? One of these answers, and no default. */
export type Door =
  | { readonly kind: 'open'; readonly why: string }
  | { readonly kind: 'code'; readonly why: string } // the body carries its own single-use credential
  | { readonly kind: 'scrape'; readonly why: string } // the scrape token where one is set, else a loopback caller
  | { readonly kind: 'credential' } //                 anybody who is somebody
  | { readonly kind: 'scope'; readonly scope: Scope }
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
  readonly status?: 200 | 201;
  readonly recorded?: 'before_answer'; // who reads the record is on record first
  readonly accepted?: 202; //     without a body: what was sent asks for no answer
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

/** Every way into the API. A name here without a handler, or a handler without a name, does not compile. */
export const ROUTES = {
  health: { method: 'GET', path: '/healthz', door: { kind: 'open', why: 'load balancers; says nothing about tenants' }, answer: Health, summary: 'The process is up.' },
  ready: { method: 'GET', path: '/readyz', door: { kind: 'open', why: 'load balancers; says which part is missing, not what it holds' }, answer: Readiness, unready: 503, summary: 'The server can do its work.' },
  metrics: { method: 'GET', path: '/metrics', door: { kind: 'scrape', why: 'a scraper has no operator; numbers only, and no name of anybody in them' }, answer: MetricsText, type: 'text/plain; version=0.0.4; charset=utf-8', summary: 'Counts and times, in the text format of Prometheus.' },
  openapi: { method: 'GET', path: '/openapi.json', door: { kind: 'open', why: 'the same for everyone, and public with the code; says nothing of this server' }, answer: OpenApi, summary: 'This API, as an OpenAPI 3.1 document.' },
  me: { method: 'GET', path: '/operators/me', door: { kind: 'credential' }, answer: Me, summary: 'Who the credential belongs to and what it may do.' },

  createTenant: { method: 'POST', path: '/tenants', door: { kind: 'scope', scope: 'tenants:write' }, body: CreateTenant, status: 201, answer: TenantView, refuses: ['tenant_exists'], summary: 'Add a tenant.' },
  listTenants: { method: 'GET', path: '/tenants', door: { kind: 'scope', scope: 'tenants:read' }, answer: TenantList, summary: 'The tenants this credential may see.' },
  showTenant: { method: 'GET', path: '/tenants/:tenant', door: { kind: 'scope', scope: 'tenants:read' }, answer: TenantShown, summary: 'One tenant: its consent, in whose hand it is, and which machines go by the key that signed it.' },
  recordConsent: { method: 'PUT', path: '/tenants/:tenant/consent', door: { kind: 'scope', scope: 'consent:write' }, body: RecordConsent, answer: ConsentChanged, summary: 'Record what the tenant signed. Anything but the very same again disarms and ends live sessions; the same again changes nothing.' },
  withdrawConsent: { method: 'DELETE', path: '/tenants/:tenant/consent', door: { kind: 'scope', scope: 'consent:write' }, body: WithdrawConsent, answer: ConsentChanged, summary: 'Withdraw consent; disarms and ends live sessions.' },
  arm: { method: 'POST', path: '/support/tenants/:tenant/arm', door: { kind: 'scope', scope: 'remote_support:arm' }, body: ArmTenant, answer: TenantView, refuses: ['rate_limited', 'confirm_tenant_mismatch', 'tenant_consent_required', 'consent_document_mismatch'], summary: 'Assert the recorded consent and open the tenant for activation.' },
  disarm: { method: 'POST', path: '/support/tenants/:tenant/disarm', door: { kind: 'scope', scope: 'remote_support:arm' }, body: DisarmTenant, answer: TenantView, refuses: ['rate_limited', 'confirm_tenant_mismatch'], summary: 'Close the tenant for activation; ends live sessions.' },

  createEnrollmentCode: { method: 'POST', path: '/tenants/:tenant/agents', door: { kind: 'scope', scope: 'agents:enroll' }, body: CreateEnrollmentCode, status: 201, answer: EnrollmentCodeCreated, refuses: ['agent_exists'], summary: 'Make a single-use enrollment code for one agent id.' },
  enrollAgent: { method: 'POST', path: '/agents/enroll', door: { kind: 'code', why: 'the machine has nothing but the code and its new key' }, body: EnrollAgent, status: 201, answer: AgentEnrolled, refuses: ['enrollment_refused'], summary: 'Exchange a code and a proof of the identity key for the passkey.' },
  listAgents: { method: 'GET', path: '/agents', door: { kind: 'scope', scope: 'tenants:read' }, query: OfTenant, answer: AgentList, refuses: ['tenant_not_found'], summary: 'Agents this credential may see.' },
  showAgent: { method: 'GET', path: '/agents/:agent', door: { kind: 'scope', scope: 'tenants:read' }, answer: AgentView, summary: 'One agent.' },
  capabilities: { method: 'GET', path: '/support/agents/:agent/capabilities', door: { kind: 'scope', scope: 'tenants:read' }, answer: Capabilities, summary: 'What the agent last said it can do. Advisory.' },

  activate: { method: 'POST', path: '/support/agents/:agent/activate', door: { kind: 'ladder', ladder: 'activation' }, body: Activate, status: 201, answer: Activated, refuses: WAKING, summary: 'Open a time-boxed session on one agent.' },
  revokeAgent: { method: 'POST', path: '/support/agents/:agent/revoke', door: { kind: 'ladder', ladder: 'revoke' }, body: RevokeAgent, answer: AgentRevoked, summary: 'Revoke an agent, for good. Ends its session and closes its line.' },
  command: { method: 'POST', path: '/support/tenants/:tenant/command', door: { kind: 'ladder', ladder: 'command' }, body: RunCommand, bodyBytesMax: ARGS_BYTES_MAX + 4_096, answer: CommandRan, refuses: [...ASKING, ...PATCHING], summary: 'Run one allowlisted command in a session.' },
  explain: { method: 'POST', path: '/support/explain', door: { kind: 'ladder', ladder: 'activation' }, body: ExplainActivation, answer: Explained, summary: 'Say gate by gate why activation would open a session or not. Opens nothing, burns no nonce.' },
  explainCommand: { method: 'POST', path: '/support/tenants/:tenant/explain', door: { kind: 'ladder', ladder: 'command' }, body: RunCommand, answer: Explained, summary: 'Say gate by gate whether a command would be let through in a session. Sends nothing to the machine.' },
  proposeSession: { method: 'POST', path: '/support/proposals', door: { kind: 'scope', scope: 'sessions:propose' }, body: ProposeSession, status: 201, answer: SessionProposed, refuses: ['agent_not_found', 'rate_limited'], summary: 'Put a proposal for a session on record, and answer what a person types to open it. Opens nothing.' },
  listSessions: { method: 'GET', path: '/support/sessions', door: { kind: 'scope', scope: 'remote_support' }, query: OfTenant, answer: SessionList, refuses: ['tenant_not_found'], summary: 'Sessions, newest first. Never a token.' },
  showSession: { method: 'GET', path: '/support/sessions/:session', door: { kind: 'scope', scope: 'remote_support' }, answer: SessionView, summary: 'One session.' },
  deactivate: { method: 'POST', path: '/support/sessions/:session/deactivate', door: { kind: 'scope', scope: 'remote_support' }, body: Deactivate, answer: SessionView, refuses: ['outcome_unrecorded'], summary: 'End a session. Idempotent.' },

  logCheckpoint: { method: 'GET', path: '/tenants/:tenant/log/checkpoint', door: LOG_DOOR, query: LogCheckpointQuery, answer: LogCheckpoint, summary: 'The newest signed checkpoint of the tenant\'s log.' },
  logEntries: { method: 'GET', path: '/tenants/:tenant/log/entries', door: LOG_DOOR, query: LogEntriesQuery, answer: LogEntries, summary: 'Entries of the log, exact texts.' },
  logProof: { method: 'GET', path: '/tenants/:tenant/log/proof', door: LOG_DOOR, query: LogProofQuery, answer: LogProof, summary: 'A proof of inclusion (index) or of consistency (from).' },
  logBundle: { method: 'GET', path: '/tenants/:tenant/log/bundle', door: LOG_DOOR, query: BundleQuery, answer: BundleTar, type: 'application/x-tar', refuses: ['session_not_found', 'log_damaged', 'rate_limited'], recorded: 'before_answer', summary: 'The log, a period of it or one session, with all it takes to check it offline: one tar file.' },
  logExport: { method: 'GET', path: '/tenants/:tenant/log/export', door: LOG_DOOR, query: ExportQuery, answer: ExportLines, type: 'application/x-ndjson', refuses: ['rate_limited'], recorded: 'before_answer', summary: 'Entries of the log for another system, one per line with its index.' },

  replaySession: { method: 'GET', path: '/support/sessions/:session/replay', door: { kind: 'log', scopes: ['remote_support', 'logs:read'] }, query: ReplayQuery, answer: SessionReplay, refuses: ['log_damaged'], recorded: 'before_answer', summary: 'What was asked in a session, by whom, and what came of it, each step with its entries and their proofs.' },

  logCosignatures: { method: 'GET', path: '/tenants/:tenant/log/cosignatures', door: LOG_DOOR, query: LogCosignaturesQuery, answer: LogCosignatures, summary: 'What the machines of the tenant have cosigned of the log: one size, or the newest of each.' },

  mcp: { method: 'POST', path: '/mcp', door: { kind: 'credential' }, body: McpMessage, answer: McpReply, accepted: 202, refuses: ['foreign_origin', 'mcp_session_not_found', 'mcp_version_unsupported', 'mcp_message_refused'], summary: 'Model Context Protocol over streamable HTTP: one JSON-RPC message. Tools read and propose; each call is a request of this API with the same credential.' },
  endMcp: { method: 'DELETE', path: '/mcp', door: { kind: 'credential' }, answer: McpEnded, refuses: ['foreign_origin', 'mcp_session_not_found'], summary: 'End an MCP session.' },

  createPat: { method: 'POST', path: '/pats', door: { kind: 'scope', scope: 'pats:write' }, body: CreatePat, answer: PatCreated, refuses: ['pat_too_mighty', 'tenant_not_found'], status: 201, summary: 'Make a personal access token of your own, no mightier than yours. Shown once.' },
  listPats: { method: 'GET', path: '/pats', door: { kind: 'scope', scope: 'pats:write' }, answer: PatList, summary: 'The tokens within this credential\'s reach. Never a secret.' },
  revokePat: { method: 'DELETE', path: '/pats/:token', door: { kind: 'scope', scope: 'pats:write' }, answer: PatView, summary: 'Revoke a token; it opens nothing from the next request on. Idempotent.' },

  auditLog: { method: 'GET', path: '/audit-log', door: { kind: 'scope', scope: 'logs:read' }, query: AuditLogQuery, answer: ApiCallPage, refuses: ['tenant_not_found'], recorded: 'before_answer', summary: 'Calls of this API, newest first.' },
  supportAudit: { method: 'GET', path: '/support-audit', door: { kind: 'scope', scope: 'logs:read' }, query: SupportAuditQuery, answer: SupportAuditPage, refuses: ['tenant_not_found'], recorded: 'before_answer', summary: 'What was tried and what came of it, newest first.' },
  events: { method: 'GET', path: '/events', door: { kind: 'scope', scope: 'logs:read' }, query: EventsQuery, answer: EventPage, refuses: ['tenant_not_found'], recorded: 'before_answer', summary: 'Entries of all logs within reach, newest first.' },

  reconcile: { method: 'POST', path: '/audit/reconcile', door: { kind: 'scope', scope: 'audit:run' }, body: Reconcile, answer: ReconciliationView, refuses: ['audit_running', 'audit_range_too_large', 'missing_role'], summary: `Audit a stretch of time now: at most ${RANGE_MAX_MS / DAY_MS} days and ${ROWS_MAX} rows, until now at the latest; the last 24 hours unless it is named.` },
  listReconciliations: { method: 'GET', path: '/audit/reconciliations', door: { kind: 'scope', scope: 'logs:read' }, answer: Reconciliations, summary: 'Results of audits, newest first.' },
  listAlerts: { method: 'GET', path: '/alerts', door: { kind: 'scope', scope: 'logs:read' }, query: AlertsQuery, answer: Alerts, summary: 'Alerts nobody has acknowledged, newest first.' },
  acknowledgeAlert: { method: 'POST', path: '/alerts/:alert/acknowledge', door: { kind: 'scope', scope: 'alerts:write' }, body: AcknowledgeAlert, answer: AlertView, refuses: ['alert_acknowledged'], summary: 'Say that somebody has looked, and why that is enough.' },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
export const LADDER_ROUTES = ['activate', 'command', 'revokeAgent', 'explain', 'explainCommand'] as const satisfies readonly RouteName[];
export type LadderRoute = (typeof LADDER_ROUTES)[number];
export type PlainRoute = Exclude<RouteName, LadderRoute>;
export type BodyOf<N extends RouteName> = (typeof ROUTES)[N] extends { readonly body: infer S extends z.ZodType } ? z.infer<S> : undefined;
export type QueryOf<N extends RouteName> = (typeof ROUTES)[N] extends { readonly query: infer S extends z.ZodType } ? z.infer<S> : Record<string, never>;

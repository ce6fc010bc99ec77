import { AcknowledgeAlert, Alerts, AlertView } from '@argus/protocol/http/alerts.ts';
import { Reconcile, Reconciliations, ReconciliationView } from '@argus/protocol/http/reconciliation.ts';
import {
  Activate,
  ArmTenant,
  CreateEnrollmentCode,
  CreateTenant,
  Deactivate,
  DisarmTenant,
  EnrollAgent,
  RecordConsent,
  RunCommand,
  WithdrawConsent,
} from '@argus/protocol/http/shapes.ts';
import type { z } from 'zod';
import type { Scope } from '../people/principal.ts';

/** Who may? Five answers, and no default. */
export type Door =
  | { readonly kind: 'open'; readonly why: string }
  | { readonly kind: 'code'; readonly why: string } // the body carries its own single-use credential
  | { readonly kind: 'credential' } //                 anybody who is somebody
  | { readonly kind: 'scope'; readonly scope: Scope }
  | { readonly kind: 'ladder'; readonly ladder: 'activation' | 'command' }; // asks the network before it asks who you are

export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: `/${string}`; // mounted here and under /v1
  readonly door: Door; //         required: a route without an answer does not compile
  readonly body?: z.ZodType;
  readonly answer?: z.ZodType;
  readonly status?: 200 | 201;
  readonly summary: string;
};

/** Every way into the API. A name here without a handler, or a handler without a name, does not compile. */
export const ROUTES = {
  health: { method: 'GET', path: '/healthz', door: { kind: 'open', why: 'load balancers; says nothing about tenants' }, summary: 'The process is up.' },
  ready: { method: 'GET', path: '/readyz', door: { kind: 'open', why: 'load balancers; says which part is missing, not what it holds' }, summary: 'The server can do its work.' },
  me: { method: 'GET', path: '/operators/me', door: { kind: 'credential' }, summary: 'Who the credential belongs to and what it may do.' },

  createTenant: { method: 'POST', path: '/tenants', door: { kind: 'scope', scope: 'tenants:write' }, body: CreateTenant, status: 201, summary: 'Add a tenant.' },
  listTenants: { method: 'GET', path: '/tenants', door: { kind: 'scope', scope: 'tenants:read' }, summary: 'The tenants this credential may see.' },
  showTenant: { method: 'GET', path: '/tenants/:tenant', door: { kind: 'scope', scope: 'tenants:read' }, summary: 'One tenant.' },
  recordConsent: { method: 'PUT', path: '/tenants/:tenant/consent', door: { kind: 'scope', scope: 'consent:write' }, body: RecordConsent, summary: 'Record what the tenant signed.' },
  withdrawConsent: { method: 'DELETE', path: '/tenants/:tenant/consent', door: { kind: 'scope', scope: 'consent:write' }, body: WithdrawConsent, summary: 'Withdraw consent; disarms and ends live sessions.' },
  arm: { method: 'POST', path: '/support/tenants/:tenant/arm', door: { kind: 'scope', scope: 'remote_support:arm' }, body: ArmTenant, summary: 'Assert the recorded consent and open the tenant for activation.' },
  disarm: { method: 'POST', path: '/support/tenants/:tenant/disarm', door: { kind: 'scope', scope: 'remote_support:arm' }, body: DisarmTenant, summary: 'Close the tenant for activation; ends live sessions.' },

  createEnrollmentCode: { method: 'POST', path: '/tenants/:tenant/agents', door: { kind: 'scope', scope: 'agents:enroll' }, body: CreateEnrollmentCode, status: 201, summary: 'Make a single-use enrollment code for one agent id.' },
  enrollAgent: { method: 'POST', path: '/agents/enroll', door: { kind: 'code', why: 'the machine has nothing but the code and its new key' }, body: EnrollAgent, status: 201, summary: 'Exchange a code and a proof of the identity key for the passkey.' },
  listAgents: { method: 'GET', path: '/agents', door: { kind: 'scope', scope: 'tenants:read' }, summary: 'Agents, of one tenant with ?tenant=.' },
  showAgent: { method: 'GET', path: '/agents/:agent', door: { kind: 'scope', scope: 'tenants:read' }, summary: 'One agent.' },
  capabilities: { method: 'GET', path: '/support/agents/:agent/capabilities', door: { kind: 'scope', scope: 'tenants:read' }, summary: 'What the agent last said it can do. Advisory.' },

  activate: { method: 'POST', path: '/support/agents/:agent/activate', door: { kind: 'ladder', ladder: 'activation' }, body: Activate, status: 201, summary: 'Open a time-boxed session on one agent.' },
  command: { method: 'POST', path: '/support/tenants/:tenant/command', door: { kind: 'ladder', ladder: 'command' }, body: RunCommand, summary: 'Run one allowlisted command in a session.' },
  listSessions: { method: 'GET', path: '/support/sessions', door: { kind: 'scope', scope: 'remote_support' }, summary: 'Sessions, of one tenant with ?tenant=. Never a token.' },
  showSession: { method: 'GET', path: '/support/sessions/:session', door: { kind: 'scope', scope: 'remote_support' }, summary: 'One session.' },
  deactivate: { method: 'POST', path: '/support/sessions/:session/deactivate', door: { kind: 'scope', scope: 'remote_support' }, body: Deactivate, summary: 'End a session. Idempotent.' },

  reconcile: { method: 'POST', path: '/audit/reconcile', door: { kind: 'scope', scope: 'audit:run' }, body: Reconcile, answer: ReconciliationView, summary: 'Audit a stretch of time now; the last 24 hours unless it is named.' },
  listReconciliations: { method: 'GET', path: '/audit/reconciliations', door: { kind: 'scope', scope: 'logs:read' }, answer: Reconciliations, summary: 'Results of audits, newest first.' },
  listAlerts: { method: 'GET', path: '/alerts', door: { kind: 'scope', scope: 'logs:read' }, answer: Alerts, summary: 'Alerts nobody has acknowledged, newest first; all of them with ?state=all.' },
  acknowledgeAlert: { method: 'POST', path: '/alerts/:alert/acknowledge', door: { kind: 'scope', scope: 'alerts:write' }, body: AcknowledgeAlert, answer: AlertView, summary: 'Say that somebody has looked, and why that is enough.' },

  logCheckpoint: { method: 'GET', path: '/tenants/:tenant/log/checkpoint', door: { kind: 'scope', scope: 'logs:read' }, summary: 'The newest signed checkpoint of the tenant\'s log.' },
  logEntries: { method: 'GET', path: '/tenants/:tenant/log/entries', door: { kind: 'scope', scope: 'logs:read' }, summary: 'Entries ?from= up to ?to=, exact texts.' },
  logProof: { method: 'GET', path: '/tenants/:tenant/log/proof', door: { kind: 'scope', scope: 'logs:read' }, summary: 'Inclusion (?index=&size=) or consistency (?from=&size=).' },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
export const LADDER_ROUTES = ['activate', 'command'] as const satisfies readonly RouteName[];
export type LadderRoute = (typeof LADDER_ROUTES)[number];
export type PlainRoute = Exclude<RouteName, LadderRoute>;
export type BodyOf<N extends RouteName> = (typeof ROUTES)[N] extends { readonly body: infer S extends z.ZodType } ? z.infer<S> : undefined;

/** Reading the audit: what may be asked of each of the three records, and what a page of it looks like. */
import { z } from 'zod';
import { ArgsCommit } from '../args-commit.ts';
import { id } from '../ids.ts';
import { plainJson } from '../json.ts';
import { EVENT_TYPES, OUTCOMES, PHASES, type EventType } from '../leaf.ts';
import { isoTimeText } from '../text.ts';

export const AUDIT_PAGE_MAX = 500;
const AUDIT_PAGE_DEFAULT = 100;

/** A query is text; what is not written like a number is none. */
export const whole = (max: number, min = 1) =>
  z
    .string()
    .regex(/^(0|[1-9]\d{0,8})$/, { error: 'not a whole number' })
    .transform(Number)
    .refine((n) => n >= min && n <= max, { error: `not from ${min} to ${max}` })
    .describe(`A whole number from ${min} to ${max}.`);
const moment = () => z.iso.datetime({ offset: true, error: 'not a time like 2026-03-01T12:00:00Z' }).transform((text) => Date.parse(text));
const eventType = () => z.enum(Object.keys(EVENT_TYPES) as [EventType, ...EventType[]], { error: 'not a type of event' }).describe('A type of event.'); // Object.keys loses the literal types
const someone = () => z.string().min(1).max(320);
const code = () => z.string().regex(/^[A-Za-z_]{1,64}$/, { error: 'not a code' }).describe('A code of the error table, or the way a session ended.');

const page = {
  from: moment().optional().describe('From this moment on: a time like 2026-03-01T12:00:00Z.'),
  to: moment().optional().describe('Up to and without this moment.'),
  tenant: id('tenant').optional().describe('Only of this tenant.'),
  limit: whole(AUDIT_PAGE_MAX).default(AUDIT_PAGE_DEFAULT).describe(`Rows of a page: a whole number from 1 to ${AUDIT_PAGE_MAX}; without it, ${AUDIT_PAGE_DEFAULT}.`),
  cursor: z.string().max(200).optional().describe('For the next page: `next_cursor` of the one before. Only null means the end.'),
};

export const AuditLogQuery = z.strictObject({
  ...page,
  actor: someone().optional().describe('Whose calls: the operator a credential belongs to, exactly.'),
  token: id('token').optional().describe('Calls with this token.'),
  method: z.string().regex(/^[A-Z-]{1,20}$/, { error: 'not a method' }).optional().describe('In capitals: GET, POST, PUT or DELETE.'),
  route: z.string().startsWith('/', { error: 'not a route like /tenants/{tenant}' }).max(200).optional().describe('A path as this page writes it, without /v1: /tenants/{tenant}.'),
  status: whole(599).optional(),
});
export type AuditLogQuery = z.infer<typeof AuditLogQuery>;

export const SupportAuditQuery = z.strictObject({
  ...page,
  agent: id('agent').optional().describe('About this agent.'),
  session: id('session').optional().describe('Of this session, by its handle.'),
  operator: someone().optional().describe('By this operator, exactly.'),
  action: eventType().optional(),
  phase: z.enum(PHASES).optional().describe('What was about to be done, what came of it, or what happened in one step.'),
  outcome: z.enum(OUTCOMES).optional().describe('How it ended; an intent has none.'),
  code: code().optional(),
  text: z.string().min(1).max(200).optional().describe('Has this somewhere in operator, reason, command, action, agent, session or code; in capitals or not.'),
});
export type SupportAuditQuery = z.infer<typeof SupportAuditQuery>;

export const EventsQuery = z.strictObject({ ...page, type: eventType().optional() });
export type EventsQuery = z.infer<typeof EventsQuery>;

export const ApiCallView = z.object({
  id: z.string(),
  at: isoTimeText(),
  actor: z.string(),
  actor_kind: z.enum(['pat', 'login']),
  token_id: id('token').nullable(),
  login_id: id('login').nullable().optional(), // of a person; a server older than sign-in has none
  scope: z.string().nullable(),
  method: z.string(),
  route: z.string(),
  status: z.int(),
  latency_ms: z.int(),
  tenant_id: id('tenant').nullable(),
  ip: z.string(),
  user_agent: z.string().nullable(),
  body_sha256: z.string().nullable(),
});
export type ApiCallView = z.infer<typeof ApiCallView>;

export const SupportAuditView = z.object({
  id: z.string(),
  at: isoTimeText(),
  operator: z.string(),
  ip: z.string().nullable(),
  tenant_id: id('tenant').nullable(),
  agent_id: z.string().nullable(),
  session_id: z.string().nullable(),
  request_id: z.string().nullable(),
  action: z.string(),
  phase: z.enum(PHASES),
  outcome: z.enum(OUTCOMES).nullable(),
  code: z.string().nullable(),
  gates_passed: z.array(z.string()),
  reason: z.string(),
  command: z.string().nullable(),
  args: ArgsCommit.nullable(),
  leaf_index: z.int().nullable().optional(), // its entry in the log of the tenant; null: it is of no tenant, or its event is gone; a server from before says nothing
});
export type SupportAuditView = z.infer<typeof SupportAuditView>;

export const EventView = z.object({
  id: z.string(),
  at: isoTimeText(),
  source: z.string(),
  type: z.string(),
  tenant_id: id('tenant').nullable(),
  tree: z.string(),
  leaf_index: z.int(),
  body: plainJson(), // what the leaf says; its exact text is in the log
});
export type EventView = z.infer<typeof EventView>;

/** A page may hold fewer rows than were asked for, even none, and still have a next one: only null means the end. */
const pageOf = <T extends z.ZodType>(row: T) => z.object({ rows: z.array(row), next_cursor: z.string().nullable() });
export const ApiCallPage = pageOf(ApiCallView);
export type ApiCallPage = z.infer<typeof ApiCallPage>;
export const SupportAuditPage = pageOf(SupportAuditView);
export type SupportAuditPage = z.infer<typeof SupportAuditPage>;
export const EventPage = pageOf(EventView);
export type EventPage = z.infer<typeof EventPage>;

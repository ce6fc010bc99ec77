/**
 * Every tool, and there is no other: each reads, or puts one sentence on record. None takes a session token, so none can run
 * a command; none arms, activates, revokes or makes a token, whatever the credential could do.
 */
import { toBase64Url } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import * as api from '@argus/client/requests.ts';
import { ProposeSession } from '@argus/protocol/http/proposals.ts';
import { Activate } from '@argus/protocol/http/shapes.ts';
import { id } from '@argus/protocol/ids.ts';
import { EVENT_TYPES, type EventType } from '@argus/protocol/leaf.ts';
import { reason } from '@argus/protocol/text.ts';
import { z } from 'zod';
import { defineTool, type Tool } from './tool.ts';

const NONCE_BYTES = 16;
const PAGE_MAX = 100;

const tenant = () => id('tenant').describe('The id of a tenant, such as UTD_7ELEVEN_001.');
const agent = () => id('agent').describe('The id of an agent, such as agent_macpro_lobby_01.');
const session = () => id('session').describe('The handle of a session, rss_…. Not its token.');
const place = () => z.int().min(0);
const moment = () => z.iso.datetime({ offset: true });
const paged = {
  from: moment().optional().describe('From this moment on: 2026-03-01T12:00:00Z.'),
  to: moment().optional().describe('Up to and without this moment.'),
  limit: z.int().min(1).max(PAGE_MAX).default(20).describe(`Rows of a page, at most ${PAGE_MAX}.`),
  cursor: z.string().max(200).optional().describe('For the next page: next_cursor of the one before.'),
};

export const TOOLS: readonly Tool[] = [
  defineTool({ name: 'whoami', title: 'Who this token is', description: 'Whose token this is, its scopes and the tenants it may see.', args: z.strictObject({}), request: () => api.me() }),
  defineTool({ name: 'list_tenants', title: 'Tenants', description: 'Tenants this token may see: consent and whether they are armed.', args: z.strictObject({}), request: () => api.listTenants() }),
  defineTool({ name: 'show_tenant', title: 'One tenant', description: 'One tenant in full: whose hand the consent is in, and which machines go by it.', args: z.strictObject({ tenant: tenant() }), request: (args) => api.showTenant(args.tenant) }),
  defineTool({ name: 'list_agents', title: 'Agents', description: 'Agents this token may see: online or not, version, open session.', args: z.strictObject({ tenant: tenant().optional() }), request: (args) => api.listAgents(args.tenant) }),
  defineTool({ name: 'show_agent', title: 'One agent', description: 'One agent: state, version, when it was last seen.', args: z.strictObject({ agent: agent() }), request: (args) => api.showAgent(args.agent) }),
  defineTool({ name: 'agent_capabilities', title: 'What an agent says it can do', description: 'The commands and cameras an agent last told of. Advisory: it decides nothing.', args: z.strictObject({ agent: agent() }), request: (args) => api.capabilities(args.agent) }),
  defineTool({ name: 'list_sessions', title: 'Sessions', description: 'Support sessions, newest first. Needs the scope remote_support.', args: z.strictObject({ tenant: tenant().optional() }), request: (args) => api.listSessions(args.tenant) }),
  defineTool({ name: 'replay_session', title: 'What was done in a session', description: 'What was asked in a session, by whom, and what came of it, with entries of the log and their proofs.', args: z.strictObject({ session: session(), from: place().optional(), size: place().optional() }), request: ({ session: of, ...asked }) => api.replaySession(of, asked) }),
  defineTool({
    name: 'support_audit', title: 'The audit of remote support', description: 'What was tried and what came of it, newest first. Reading it is itself on record.',
    args: z.strictObject({ ...paged, tenant: tenant().optional(), agent: agent().optional(), session: session().optional(), operator: z.string().max(320).optional(), code: z.string().regex(/^[A-Za-z_]{1,64}$/).optional() }),
    request: (args) => api.supportAudit(args),
  }),
  defineTool({
    name: 'events', title: 'Events', description: 'Entries of all logs this token may read, newest first. Reading them is itself on record.',
    args: z.strictObject({ ...paged, tenant: tenant().optional(), type: z.enum(Object.keys(EVENT_TYPES) as [EventType, ...EventType[]]).optional() }), // Object.keys loses the literal types
    request: (args) => api.events(args),
  }),
  defineTool({ name: 'log_checkpoint', title: 'The newest checkpoint of a log', description: 'The newest signed checkpoint of the log of a tenant.', args: z.strictObject({ tenant: tenant() }), request: (args) => api.logCheckpoint(args.tenant) }),
  defineTool({
    name: 'log_proof', title: 'A proof from a log', description: 'A proof of inclusion (index) or of consistency (from) in the log of a tenant. Give one of the two.',
    args: z.strictObject({ tenant: tenant(), index: place().optional(), from: place().optional(), size: place().optional() }),
    request: ({ tenant: of, ...asked }) => api.logProof(of, asked),
  }),
  defineTool({
    name: 'explain', title: 'Why a session would open or not', description: 'Gate by gate, why activation would open a session on an agent or refuse it, and what would make it pass. Opens nothing. Needs the scope remote_support and the ops token, as activation does.',
    args: z.strictObject({ agent: agent(), tenant: tenant(), reason: reason().describe('Why somebody would open it. Kept on record.'), minutes: Activate.shape.minutes.describe('How long, at most 120.') }),
    request: ({ agent: of, tenant: owner, ...asked }, { now, random }) => api.explain({ agent: of, tenant_id: owner, ...asked, nonce: toBase64Url(random(NONCE_BYTES)), timestamp: isoTime(now()) }),
  }),
  defineTool({
    name: 'propose_session', title: 'Propose a session', isOnRecord: true,
    description: 'Puts a proposal for a session on record in the log of the tenant, and answers the command line a person types to open it with their own factors. Opens nothing itself, and cannot be approved from here.',
    args: z.strictObject({ agent: agent(), tenant: tenant(), reason: ProposeSession.shape.reason.describe('Why. A person reads it, and it is kept on record.'), minutes: ProposeSession.shape.minutes.describe('How long, at most 120.') }),
    request: ({ agent: of, tenant: owner, ...asked }) => api.proposeSession({ agent_id: of, tenant_id: owner, ...asked }),
  }),
];

/**
 * The typed client is held to the routes and to the OpenAPI document made of them: each route is a request of the client, or
 * says here why not; and what the client sends and takes is what the route takes and sends.
 */
import { createClient, headersOf, urlOf } from '@argus/client/client.ts';
import * as auth from '@argus/client/auth.ts';
import type * as download from '@argus/client/download.ts';
import * as explain from '@argus/client/explain.ts';
import * as logs from '@argus/client/log-requests.ts';
import * as passkeys from '@argus/client/passkeys.ts';
import * as proposals from '@argus/client/proposals.ts';
import * as requests from '@argus/client/requests.ts';
import * as server from '@argus/client/server.ts';
import * as users from '@argus/client/users.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { Activated } from '@argus/protocol/http/shapes.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { AGENT, newSessionId, START, TENANT } from '../../test/sample.ts';
import { templateOf } from '../audit/api-call.ts';
import { GATE_CODES } from './codes.ts';
import { openApi } from './openapi.ts';
import { readQuery } from './query.ts';
import { ROUTES, type Route, type RouteName } from './routes.ts';

const session = newSessionId();
const sessionToken = mustId('sessionToken', `rst_${'t'.repeat(43)}`);
const token = mustId('token', `tok_${'k'.repeat(20)}`);
const user = mustId('user', `usr_${'u'.repeat(20)}`);
const touched = { credential_id: 'AAAA', client_data: 'AAAA', authenticator_data: 'AAAA', signature: 'AAAA' };
const reason = 'investigate alert';
const sent = { nonce: 'n'.repeat(22), timestamp: isoTime(START) };
const at = isoTime(START);

type Call = { readonly by: string; readonly request: requests.Request<unknown> } | { readonly by: string; readonly download: download.Download } | { readonly why: string };
const call = (by: string, request: requests.Request<unknown>): Call => ({ by, request });

/** Route → the client's own name for it, with everything it can be asked; or why there is none. */
const CALLS: { readonly [N in RouteName]: Call } = {
  health: { why: 'says nothing but that it is there; whoever starts servers asks it, and needs no client' },
  ready: { why: 'a server that is not ready answers 503 and the same parts: probe.ts reads both' },
  metrics: { why: 'text for Prometheus, which has a client of its own' },
  openapi: { why: 'the document this is held to' },
  serverStatus: call('serverStatus', server.serverStatus()),
  me: call('me', requests.me()),

  live: { why: 'has no end: a page listens with EventSource' },

  createTenant: call('createTenant', requests.createTenant({ id: TENANT, name: 'Seven' })),
  listTenants: call('listTenants', requests.listTenants()),
  showTenant: call('showTenant', requests.showTenant(TENANT)),
  recordConsent: call('recordConsent', requests.recordConsent(TENANT, { document_id: 'D', document_sha256: 'ab'.repeat(32), signed_at: at, signer: { name: 'K', email: 'k@tenant.example' }, expires_at: at, scope: { commands: ['ping'] }, receipt: '{}' })),
  withdrawConsent: call('withdrawConsent', requests.withdrawConsent(TENANT, { reason })),
  arm: call('arm', requests.arm(TENANT, { reason, confirm_tenant_id: TENANT, document_id: 'D' })),
  disarm: call('disarm', requests.disarm(TENANT, { reason, confirm_tenant_id: TENANT })),

  createEnrollmentCode: call('createEnrollmentCode', requests.createEnrollmentCode(TENANT, { agent_id: AGENT })),
  enrollAgent: { why: 'the machine asks it, with a proof of its key: apps/agent/src/enroll.ts' },
  listAgents: call('listAgents', requests.listAgents(TENANT, { q: 'lobby', state: 'online', sort: 'seen', order: 'down', offset: 0, limit: 10 })),
  agentCounts: call('agentCounts', requests.agentCounts()),
  agentLines: call('agentLines', requests.agentLines(AGENT)),
  showAgent: call('showAgent', requests.showAgent(AGENT)),
  capabilities: call('capabilities', requests.capabilities(AGENT)),

  activate: call('activate', requests.activate(AGENT, { tenant_id: TENANT, reason, minutes: 5, ...sent })),
  revokeAgent: call('revoke', requests.revoke(AGENT, { tenant_id: TENANT, reason, confirm: true, ...sent })),
  command: call('command', requests.command(TENANT, sessionToken, { command: 'ping', args: {}, request_id: mustId('request', 'req_12345678'), agent_id: AGENT })),
  explain: call('explain', explain.explain({ agent: AGENT, tenant_id: TENANT, reason, minutes: 5, ...sent })),
  explainCommand: call('explainCommand', explain.explainCommand(TENANT, sessionToken, { command: 'ping', args: {}, agent_id: AGENT })),
  proposeSession: call('proposeSession', proposals.proposeSession({ tenant_id: TENANT, agent_id: AGENT, reason, minutes: 5 })),
  listSessions: call('listSessions', requests.listSessions(TENANT)),
  showSession: call('showSession', requests.showSession(session)),
  deactivate: call('deactivate', requests.deactivate(session, { reason })),

  logCheckpoint: call('logCheckpoint', logs.logCheckpoint(TENANT, { cosignatures: 'true' })),
  logEntries: call('logEntries', logs.logEntries(TENANT, { from: 0, to: 5 })),
  logProof: call('logProof', logs.logProof(TENANT, { index: 0, size: 5 })),
  logBundle: { by: 'logBundle', download: logs.logBundle(TENANT, { kind: 'session', session }) },
  logExport: { by: 'logExport', download: logs.logExport(TENANT, { format: 'ocsf', from: 0, to: 5 }) },
  replaySession: call('replaySession', logs.replaySession(session, { from: 0, size: 5 })),
  logReceipts: call('logReceipts', logs.logReceipts(TENANT, { from: 5 })),
  logCosignatures: call('logCosignatures', logs.logCosignatures(TENANT, { size: 5, after: AGENT })),

  mcp: { why: 'a protocol of its own: MCP clients speak it' },
  endMcp: { why: 'as above' },

  createPat: call('createPat', requests.createPat({ name: 'laptop', scopes: ['tenants:read'], days: 30 })),
  listPats: call('listPats', requests.listPats()),
  revokePat: call('revokePat', requests.revokePat(token)),

  signInWays: call('signInWays', auth.signInWays()),
  signIn: call('signIn', auth.signIn({ email: 'ana@argus.example', password: 'p'.repeat(12), totp: '123456' })),
  redeemLink: call('redeemLink', auth.redeemLink({ code: mustId('invitation', `inv_${'i'.repeat(43)}`), name: 'Ana', password: 'p'.repeat(12) })),
  showLogin: call('showLogin', auth.showLogin()),
  stayHere: call('stayHere', auth.stayHere()),
  signOut: call('signOut', auth.signOut()),
  listLogins: call('listLogins', auth.listLogins()),
  endLogin: call('endLogin', auth.endLogin(mustId('login', `lgn_${'l'.repeat(20)}`))),
  stepUp: call('stepUp', auth.stepUp({ totp: '123456' })),
  changePassword: call('changePassword', auth.changePassword({ current: 'p'.repeat(12), next: 'q'.repeat(12) })),
  beginTotp: call('beginTotp', auth.beginTotp({ password: 'p'.repeat(12) })),
  setTotp: call('setTotp', auth.setTotp({ totp: '123456' })),
  dropTotp: call('dropTotp', auth.dropTotp()),
  newRecoveryCodes: call('newRecoveryCodes', auth.newRecoveryCodes()),

  beginPasskeySignIn: call('beginPasskeySignIn', passkeys.beginPasskeySignIn()),
  passkeySignIn: call('passkeySignIn', passkeys.passkeySignIn(touched)),
  listPasskeys: call('listPasskeys', passkeys.listPasskeys()),
  beginPasskey: call('beginPasskey', passkeys.beginPasskey({ password: 'p'.repeat(12) })),
  addPasskey: call('addPasskey', passkeys.addPasskey({ name: 'laptop', client_data: 'AAAA', attestation_object: 'AAAA' })),
  renamePasskey: call('renamePasskey', passkeys.renamePasskey(mustId('passkey', `pky_${'k'.repeat(20)}`), { name: 'desk' })),
  removePasskey: call('removePasskey', passkeys.removePasskey(mustId('passkey', `pky_${'k'.repeat(20)}`))),
  beginPasskeyConfirm: call('beginPasskeyConfirm', passkeys.beginPasskeyConfirm()),
  passkeyConfirm: call('passkeyConfirm', passkeys.passkeyConfirm(touched)),
  beginOidc: { why: 'a page a browser is led to' },
  oidcCallback: { why: 'as above' },

  approveHandoff: call('approveHandoff', auth.approveHandoff({ name: 'laptop', scopes: ['tenants:read'], days: 30, challenge: 'A'.repeat(43) })),
  claimHandoff: call('claimHandoff', requests.claimHandoff({ code: mustId('handoffCode', `hnd_${'h'.repeat(43)}`), verifier: 'A'.repeat(43) })),

  listUsers: call('listUsers', users.listUsers()),
  inviteUser: call('inviteUser', users.inviteUser({ email: 'bo@argus.example', role: 'viewer', tenants: [TENANT] })),
  changeUser: call('changeUser', users.changeUser(user, { role: 'viewer', reason })),
  removeUser: call('removeUser', users.removeUser(user, { reason })),
  resetUser: call('resetUser', users.resetUser(user, { reason })),
  unlockUser: call('unlockUser', users.unlockUser(user, { reason })),
  loginsOfUser: call('loginsOfUser', users.loginsOfUser(user)),
  endLoginsOfUser: call('endLoginsOfUser', users.endLoginsOfUser(user, { reason })),

  auditLog: call('auditLog', requests.auditLog({ from: at, to: at, tenant: TENANT, limit: 5, cursor: 'x', actor: 'ana@argus.example', token, method: 'GET', route: '/tenants', status: 200 })),
  supportAudit: call('supportAudit', requests.supportAudit({ from: at, to: at, tenant: TENANT, limit: 5, cursor: 'x', agent: AGENT, session, operator: 'ana@argus.example', action: 'tenant_armed', phase: 'fact', outcome: 'ok', code: 'bad_args', text: 'alert' })),
  events: call('events', requests.events({ from: at, to: at, tenant: TENANT, limit: 5, cursor: 'x', type: 'tenant_armed' })),

  reconcile: call('reconcile', requests.reconcile({ from: at, to: at })),
  listReconciliations: call('listReconciliations', requests.listReconciliations()),
  listAlerts: call('listAlerts', requests.listAlerts('all')),
  acknowledgeAlert: call('acknowledgeAlert', requests.acknowledgeAlert('0196a0a0-0000-7000-8000-000000000002', { reason })),
};

type Operation = { readonly operationId: string; readonly parameters?: readonly { readonly name: string; readonly in: string }[]; readonly requestBody?: unknown };
const document = openApi('1.2.3') as unknown as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }; // what it is, openapi.test.ts decides

/** The operation an address leads to, by the document alone. */
function operationAt(method: string, path: string) {
  const [bare = '', search = ''] = path.split('?');
  const under = bare.startsWith('/v1/') ? bare : `/v1${bare}`;
  const found = Object.entries(document.paths).filter(([template, methods]) => methods[method.toLowerCase()] && new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(under));
  expect(found.map(([template]) => template), `${method} ${path}`).toHaveLength(1);
  const [template = '', methods = {}] = found[0] ?? [];
  return { template, operation: methods[method.toLowerCase()], query: Object.fromEntries(new URLSearchParams(search)) };
}

const routes = Object.entries(ROUTES) as (readonly [RouteName, Route])[]; // Object.entries loses the names
const config = { baseUrl: 'https://ops.example', pat: `pat_${'p'.repeat(43)}`, opsToken: 'o'.repeat(32), userAgent: 'test/1', fetch: async () => expect.unreachable() };

describe.each(routes)('%s', (name, route) => {
  const found: Call | undefined = CALLS[name];
  if (found === undefined || 'why' in found) {
    test('has no request in the client, and a reason', () => expect(found?.why, `${name}: give packages/client a request for it, or say here why not`).toMatch(/^\w.{5,}/));
    return;
  }
  const asked = 'request' in found ? found.request : found.download;

  test('is asked by the method and at the address the document has for it', () => {
    const { template, operation } = operationAt(asked.method, asked.path);
    expect([operation?.operationId, template, asked.method]).toEqual([name, `/v1${templateOf(route.path)}`, route.method]);
    expect(urlOf('https://ops.example', asked)).toBe(`https://ops.example${asked.path}`);
  });

  test('is asked with nothing its query does not know, and everything it knows can be asked', () => {
    const { operation, query } = operationAt(asked.method, asked.path);
    expect(readQuery(route.query, query)).toMatchObject({ ok: true });
    const known = (operation?.parameters ?? []).filter((parameter) => parameter.in === 'query').map((parameter) => parameter.name);
    expect(known).toEqual(expect.arrayContaining(Object.keys(query)));
    const LEFT: Partial<Record<RouteName, readonly string[]>> = { logProof: ['from'], logBundle: ['from', 'to'] }; // not together with what is asked above
    expect(known.filter((one) => !(one in query)).toSorted()).toEqual([...(LEFT[name] ?? [])].toSorted());
  });

  test('is sent a body exactly where it takes one, and one it takes', () => {
    const { operation } = operationAt(asked.method, asked.path);
    const body = 'body' in asked ? asked.body : undefined;
    expect(body !== undefined).toBe(operation?.requestBody !== undefined);
    if (body !== undefined) expect(route.body?.safeParse(JSON.parse(JSON.stringify(body)))).toMatchObject({ success: true });
  });

  test('carries the factors its door asks for, and no other secret', () => {
    const carried = headersOf(config, asked).filter(({ isSecret }) => isSecret).map((header) => header.name);
    const gates = route.door.kind === 'ladder' ? Object.keys(GATE_CODES[route.door.ladder]) : [];
    expect(carried).toEqual(['authorization', ...(gates.includes('ops_token') ? ['x-argus-ops-token'] : []), ...(gates.includes('session') ? ['x-argus-session'] : [])]);
  });

  test('is answered with the very schema the client reads it with', () => {
    // Whoever comes with a token is always given a session token; only a page is not.
    const answer = name === 'activate' ? Activated : route.answer;
    if ('request' in found) expect(found.request.read.schema).toBe(answer);
    else expect(found.download.type).toBe(route.type);
  });
});

test('what the client can ask for is all in the table above', () => {
  const names = Object.values(CALLS).flatMap((found) => ('by' in found ? [found.by] : []));
  expect(new Set(names).size).toBe(names.length);
  const methods = Object.keys(createClient(config)).filter((name) => name !== 'send');
  expect(methods.filter((name) => !names.includes(name))).toEqual([]);
  // Streams, and what only a person who is signed in asks for: a page sends those with its cookie, not with a token.
  const isElsewhere = (name: string) => ['logBundle', 'logExport'].includes(name) || [auth, passkeys, users].some((requestsOfPeople) => name in requestsOfPeople);
  expect(names.filter((name) => !methods.includes(name) && !isElsewhere(name))).toEqual([]);
});

import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { fakeFetch } from '../test/fake-fetch.ts';
import { ANSWER_BYTES_MAX } from './answer-text.ts';
import { createClient, type Client, type Fetch } from './client.ts';

const tenant = mustId('tenant', 'UTD_7ELEVEN_001');
const agent = mustId('agent', 'agent_macpro_lobby_01');
const session = mustId('session', `rss_${'a'.repeat(20)}`);
const token = mustId('sessionToken', `rst_${'t'.repeat(43)}`);
const PAT = `pat_${'p'.repeat(43)}`;
const OPS_TOKEN = 'ops-token-ops-token-ops-token-32';
const AT = '2026-03-01T12:00:00.000Z';

const clientOn = (fetch: Fetch, baseUrl = 'https://ops.example') => createClient({ baseUrl, pat: PAT, opsToken: OPS_TOKEN, fetch, userAgent: 'test/1' });

const sessionView = {
  session_id: session, tenant_id: tenant, agent_id: agent, operator: 'ana@argus.example', yours: true, reason: 'because', state: 'active',
  minutes: 30, created_at: AT, expires_at: AT, ended_at: null, ended_by: null, ended_actor: null, ended_operator: null, last_word: null,
};
const tenantView = { id: tenant, name: 'Seven', created_at: AT, consent: 'signed', consent_document_id: null, armed: false, armed_until: null };
const agentView = { id: agent, tenant_id: tenant, state: 'online', version: '1.4.0', platform: null, last_seen: AT, line: 'here', session: null };
const activated = { session_id: session, session_token: token, tenant_id: tenant, agent_id: agent, expires_at: AT };
const ran = { request_id: 'req_12345678', result: {}, receipt: { leaf_index: 1, outcome_index: 2, checkpoint: 'c', agent_signature: 's' } };
const who = { operator: 'ana@argus.example', token_id: `tok_${'k'.repeat(20)}`, scopes: ['tenants:read'], tenants: 'all' };
const manifest = {
  agent_version: '1', protocol: 1, platform: 'linux', commands: ['ping'], cameras: [], limits: {}, consent_key_fingerprint: null, taken_at: AT,
};
const tokenId = mustId('token', `tok_${'k'.repeat(20)}`);
const patView = {
  token_id: tokenId, name: 'laptop', operator: 'ana@argus.example', scopes: ['tenants:read'], tenants: 'all', made_by: null, created_at: AT, expires_at: AT, last_used_at: null, revoked_at: null,
};
const apiCall = {
  id: 'x', at: AT, actor: 'ana@argus.example', actor_kind: 'pat', token_id: tokenId, scope: null, method: 'GET', route: '/tenants', status: 200, latency_ms: 1, tenant_id: tenant, ip: '::1',
  user_agent: null, body_sha256: null,
};
const attempt = {
  id: 'x', at: AT, operator: 'ana@argus.example', ip: null, tenant_id: tenant, agent_id: agent, session_id: session, request_id: null, action: 'remote_support_command', phase: 'intent', outcome: null,
  code: null, gates_passed: ['network'], reason: 'because', command: 'ping', args: {},
};
const reconciliation = {
  id: '0196a0a0-0000-7000-8000-000000000001', kind: 'on_demand', from: AT, to: AT, finished_at: AT, by: 'ana@argus.example', outcome: 'reconciled',
  audit_rows: 1, events: 1, leaves: 1, trees: 1, mismatches: 0, findings: [],
};
const alert = {
  id: '0196a0a0-0000-7000-8000-000000000002', kind: 'log_forked', severity: 'high', says: 'An agent saw two logs.', details: [], times: 1,
  first_at: AT, last_at: AT, tenant_id: tenant, agent_id: agent, session_id: null, operator: null, address: null, acknowledged: null,
};
const explained = {
  would_pass: false, code: 'tenant_not_armed', tenant_id: tenant, agent_id: agent, at: AT, beyond: 'the machine',
  gates: [{ gate: 'armed', state: 'not_passed', code: 'tenant_not_armed', looks_at: 'whether', found: [], remedy: 'arm it' }],
};
const why = { reason: 'because', confirm_tenant_id: tenant };

/** Every method of the client: what it sends, and an answer it takes. */
const METHODS: Readonly<Record<Exclude<keyof Client, 'send'>, readonly [call: (client: Client) => Promise<unknown>, line: string, answer: object]>> = {
  me: [(c) => c.me(), 'GET /v1/operators/me', who],
  serverStatus: [
    (c) => c.serverStatus(),
    'GET /v1/server',
    { version: '0.1.0', node: 'v24', protocol: 1, started_at: AT, memory_bytes: 1, heap_bytes: 1, database: null, queue: { appends: 0, activations: 0, commands: 0 }, agents_online: 0, sessions_live: 0, pages_listening: 0, witnesses: { current: 0, behind: 0, unknown: 0 }, jobs: [] },
  ],
  listTenants: [(c) => c.listTenants(), 'GET /v1/tenants', { tenants: [tenantView] }],
  showTenant: [(c) => c.showTenant(tenant), 'GET /v1/tenants/UTD_7ELEVEN_001', { ...tenantView, instance: `ins_${'a'.repeat(20)}`, consent_kind: 'recorded', consent_record: null, consent_scope: null, keeps_results: null, receipt: null, consent_keys: [] }],
  createTenant: [(c) => c.createTenant({ id: tenant, name: 'Seven' }), 'POST /v1/tenants', tenantView],
  recordConsent: [
    (c) => c.recordConsent(tenant, { document_id: 'DOC-1', document_sha256: 'ab'.repeat(32), signed_at: AT, signer: { name: 'Kim', email: 'kim@tenant.example' } }),
    'PUT /v1/tenants/UTD_7ELEVEN_001/consent',
    { tenant_id: tenant, consent: 'signed', leaf_index: 3 },
  ],
  withdrawConsent: [(c) => c.withdrawConsent(tenant, { reason: 'because' }), 'DELETE /v1/tenants/UTD_7ELEVEN_001/consent', { tenant_id: tenant, consent: 'missing', leaf_index: 3 }],
  createEnrollmentCode: [
    (c) => c.createEnrollmentCode(tenant, { agent_id: agent }),
    'POST /v1/tenants/UTD_7ELEVEN_001/agents',
    { enrollment_code: `enr_${'e'.repeat(43)}`, expires_at: AT },
  ],
  replaySession: [(c) => c.replaySession(session, { from: 4, size: 9 }), `GET /support/sessions/${session}/replay?from=4&size=9`, { session_id: session, tenant_id: tenant, agent_id: agent, size: 9, checkpoint: 'note', steps: [], next: null }],
  logCheckpoint: [(c) => c.logCheckpoint(tenant), 'GET /v1/tenants/UTD_7ELEVEN_001/log/checkpoint', { size: 9, checkpoint: 'note' }],
  logEntries: [(c) => c.logEntries(tenant, { from: 0, to: 9 }), 'GET /v1/tenants/UTD_7ELEVEN_001/log/entries?from=0&to=9', { size: 9, from: 0, entries: [] }],
  logProof: [(c) => c.logProof(tenant, { index: 4 }), 'GET /v1/tenants/UTD_7ELEVEN_001/log/proof?index=4', { size: 9, checkpoint: null, proof: [] }],
  logReceipts: [(c) => c.logReceipts(tenant, { from: 4 }), 'GET /v1/tenants/UTD_7ELEVEN_001/log/receipts?from=4', { receipts: [], next: null }],
  logCosignatures: [(c) => c.logCosignatures(tenant), 'GET /v1/tenants/UTD_7ELEVEN_001/log/cosignatures', { checkpoint: null, cosignatures: [], next: null }],
  arm: [(c) => c.arm(tenant, why), 'POST /support/tenants/UTD_7ELEVEN_001/arm', tenantView],
  disarm: [(c) => c.disarm(tenant, why), 'POST /support/tenants/UTD_7ELEVEN_001/disarm', tenantView],
  listAgents: [(c) => c.listAgents(tenant), 'GET /v1/agents?tenant=UTD_7ELEVEN_001', { agents: [agentView], total: 1 }],
  agentCounts: [(c) => c.agentCounts(), 'GET /v1/agent-counts', { tenants: [{ tenant_id: tenant, agents: 3, online: 2, in_session: 1 }] }],
  agentLines: [(c) => c.agentLines(agent), 'GET /v1/agents/agent_macpro_lobby_01/lines', { agent_id: agent, since: AT, now: AT, lines: [{ came_at: AT, went_at: null }], more: false }],
  showAgent: [(c) => c.showAgent(agent), 'GET /v1/agents/agent_macpro_lobby_01', agentView],
  capabilities: [
    (c) => c.capabilities(agent),
    'GET /support/agents/agent_macpro_lobby_01/capabilities',
    { manifest, taken_at: AT, stale: false },
  ],
  activate: [
    (c) => c.activate(agent, { tenant_id: tenant, reason: 'because', nonce: 'n'.repeat(22), timestamp: AT }),
    'POST /support/agents/agent_macpro_lobby_01/activate',
    activated,
  ],
  revoke: [
    (c) => c.revoke(agent, { tenant_id: tenant, reason: 'because', confirm: true, nonce: 'n'.repeat(22), timestamp: AT }),
    'POST /support/agents/agent_macpro_lobby_01/revoke',
    { tenant_id: tenant, agent_id: agent, state: 'revoked', revoked_at: AT, ended_session: session, leaf_index: 7 },
  ],
  command: [(c) => c.command(tenant, token, { command: 'ping', args: {} }), 'POST /support/tenants/UTD_7ELEVEN_001/command', ran],
  listSessions: [(c) => c.listSessions(), 'GET /support/sessions', { sessions: [sessionView] }],
  showSession: [(c) => c.showSession(session), `GET /support/sessions/${session}`, sessionView],
  deactivate: [(c) => c.deactivate(session, {}), `POST /support/sessions/${session}/deactivate`, sessionView],
  createPat: [(c) => c.createPat({ name: 'laptop', scopes: ['tenants:read'], days: 30 }), 'POST /v1/pats', { ...patView, pat: `pat_${'q'.repeat(43)}` }],
  claimHandoff: [(c) => c.claimHandoff({ code: mustId('handoffCode', `hnd_${'h'.repeat(43)}`), verifier: 'A'.repeat(43) }), 'POST /v1/auth/handoffs/claim', { ...patView, pat: `pat_${'q'.repeat(43)}` }],
  listPats: [(c) => c.listPats(), 'GET /v1/pats', { pats: [patView] }],
  revokePat: [(c) => c.revokePat(tokenId), `DELETE /v1/pats/${tokenId}`, patView],
  auditLog: [
    (c) => c.auditLog({ from: AT, route: '/tenants/{tenant}', status: 404, limit: 5, tenant: undefined }),
    'GET /v1/audit-log?from=2026-03-01T12%3A00%3A00.000Z&route=%2Ftenants%2F%7Btenant%7D&status=404&limit=5',
    { rows: [apiCall], next_cursor: 'x' },
  ],
  supportAudit: [
    (c) => c.supportAudit({ tenant, session, operator: 'a&b=c@x.example', cursor: 'x' }),
    `GET /v1/support-audit?tenant=${tenant}&session=${session}&operator=a%26b%3Dc%40x.example&cursor=x`,
    { rows: [attempt], next_cursor: null },
  ],
  events: [(c) => c.events(), 'GET /v1/events', { rows: [], next_cursor: null }],
  reconcile: [(c) => c.reconcile({ from: AT }), 'POST /v1/audit/reconcile', reconciliation],
  listReconciliations: [(c) => c.listReconciliations(), 'GET /v1/audit/reconciliations', { reconciliations: [reconciliation] }],
  listAlerts: [(c) => c.listAlerts('all'), 'GET /v1/alerts?state=all', { alerts: [alert] }],
  explain: [(c) => c.explain({ agent, tenant_id: tenant, reason: 'because', nonce: 'n'.repeat(22), timestamp: AT }), 'POST /support/explain', explained],
  explainCommand: [(c) => c.explainCommand(tenant, token, { command: 'ping', args: {} }), 'POST /support/tenants/UTD_7ELEVEN_001/explain', explained],
  proposeSession: [
    (c) => c.proposeSession({ agent_id: agent, tenant_id: tenant, reason: 'because' }),
    'POST /support/proposals',
    { tenant_id: tenant, agent_id: agent, reason: 'because', minutes: 30, proposed_at: AT, leaf_index: 5, command_line: 'argusctl', says: 'so' },
  ],
  acknowledgeAlert: [(c) => c.acknowledgeAlert(alert.id, { reason: 'because' }), `POST /v1/alerts/${alert.id}/acknowledge`, alert],
};
const CASES = Object.entries(METHODS).map(([name, [call, line, answer]]) => ({ name, call, line, answer }));

test.each(CASES)('$name sends $line and hands on the answer as it came', async ({ call, line, answer }) => {
  const { fetch, sent } = fakeFetch(200, { ...answer, from_a_newer_server: 1 });
  expect(await call(clientOn(fetch))).toEqual({ ok: true, value: { ...answer, from_a_newer_server: 1 } });
  expect(sent.map(({ url, init }) => `${init.method} ${url}`)).toEqual([line.replace(' ', ' https://ops.example')]);
});

test.each(CASES)('$name does not take another answer for its own', async ({ call }) => {
  for (const body of [{}, [], '"text"', 'null', '<html>', '']) {
    expect(await call(clientOn(fakeFetch(200, body).fetch))).toEqual({ ok: false, error: { kind: 'unreadable', status: 200 } });
  }
});

/** A secret in an address ends up in the logs of every proxy; one in a body, in ours. */
test.each(CASES)('$name carries secrets in headers only, and no secret its route does not need', async ({ name, call, answer }) => {
  const { fetch, sent } = fakeFetch(200, answer);
  await call(clientOn(fetch));
  const { url, init, headers } = sent[0] ?? expect.unreachable();
  for (const secret of [PAT, OPS_TOKEN, token]) expect(`${url} ${JSON.stringify(init.body)}`).not.toContain(secret);
  expect(headers['authorization']).toBe(`Bearer ${PAT}`);
  expect(headers['x-argus-ops-token']).toBe(['activate', 'revoke', 'explain'].includes(name) ? OPS_TOKEN : undefined);
  expect(headers['x-argus-session']).toBe(['command', 'explainCommand'].includes(name) ? token : undefined);
});

/** Followed, it would take the ops token to whoever the answer names: only Authorization is dropped on the way. */
test('a redirect is not followed', async () => {
  const { fetch, sent } = fakeFetch(302, '');
  expect(await clientOn(fetch).me()).toEqual({ ok: false, error: { kind: 'unreadable', status: 302 } });
  expect(sent[0]?.init.redirect).toBe('manual');
});

test('a base with a path of its own keeps it', async () => {
  const { fetch, sent } = fakeFetch(200, who);
  await clientOn(fetch, 'https://proxy.example/argus/').me();
  expect(sent[0]?.url).toBe('https://proxy.example/argus/v1/operators/me');
});

test('what only claims to be an id cannot leave its place in the path', async () => {
  const { fetch, sent } = fakeFetch(200, tenantView);
  await clientOn(fetch).showTenant('../operators/me?x=' as typeof tenant);
  expect(sent[0]?.url).toBe('https://ops.example/v1/tenants/..%2Foperators%2Fme%3Fx%3D');
});

test('what was not given is not sent, not even as an empty header', async () => {
  const { fetch, sent } = fakeFetch(200, who);
  await createClient({ baseUrl: 'https://ops.example', fetch, userAgent: 'test/1' }).me();
  expect(sent[0]?.headers).toEqual({ accept: 'application/json', 'user-agent': 'test/1' });
});

test('every request has an end', async () => {
  const { fetch, sent } = fakeFetch(200, who);
  for (const { call } of CASES) await call(clientOn(fetch));
  expect(sent.every(({ init }) => init.signal instanceof AbortSignal)).toBe(true);
});

/** Guarantee: a server, or whoever answers in its place, does not fill the memory of who asked: not with an answer that has no end, either. */
test('an answer longer than any of ours is not taken to its end', async () => {
  let sent = 0;
  const MIB = 1_048_576;
  const body = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent < 80) controller.enqueue(new Uint8Array(MIB).fill(0x20)); // blanks, which JSON may have before what it says
        else controller.enqueue(new TextEncoder().encode(JSON.stringify(who)));
        if (++sent > 81) controller.close();
      },
    });
  expect(await clientOn(async () => new Response(body())).me()).toEqual({ ok: false, error: { kind: 'unreadable', status: 200 } });
  expect(sent * MIB).toBeLessThan(ANSWER_BYTES_MAX + 4 * MIB);
  sent = 0;
  expect(await createClient({ baseUrl: 'https://ops.example', pat: PAT, fetch: async () => new Response(body(), { status: 500 }), userAgent: 'test/1' }).me()).toMatchObject({ ok: false, error: { kind: 'unreadable' } });
});

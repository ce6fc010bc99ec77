import { connect, type AddressInfo } from 'node:net';
import { settle } from '@argus/kit/clock.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { describe, expect, test } from 'vitest';
import { createTestApi, INSIDE, OPS_TOKEN, OUTSIDE } from '../../test/api.ts';
import { AGENT, MASTER_KEY, newSessionId, OTHER_TENANT, START, TENANT } from '../../test/sample.ts';
import type { ApiCall } from '../audit/api-call.ts';
import { PRESETS } from '../people/principal.ts';
import type { ApiCallStore } from '../ports.ts';

/** The API, and what it has on record about its callers. */
async function recorded({ add }: { add?: ApiCallStore['add'] } = {}) {
  const world = createTestApi({ between: (stores) => ({ ...stores, calls: { ...stores.calls, ...(add && { add }) } }) });
  const admin = await world.newToken(PRESETS['admin-full']);
  const ask = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, { pat = admin, payload, headers = {} }: { pat?: string; payload?: string | object; headers?: Record<string, string> } = {}) =>
    world.http.inject({ method, url, headers: { 'x-forwarded-for': INSIDE, authorization: `Bearer ${pat}`, ...headers }, ...(payload !== undefined && { payload }) });
  async function rows() {
    await settle();
    return (await world.memory.records.apiCalls({ tenants: null, match: {}, limit: 500 })).rows;
  }
  return { ...world, admin, ask, rows };
}
const json = { 'content-type': 'application/json' };

describe('a call with a credential', () => {
  test('is on record with who, what, how it went, from where, and the digest of its very bytes', async () => {
    const { ask, rows, clock } = await recorded();
    const payload = '{ "id": "UTD_7ELEVEN_001",\n "name": "caf\\u00e9 – été" }';
    await ask('POST', '/v1/tenants', { payload, headers: { ...json, 'user-agent': 'argusctl/0.1.0' } });
    expect(await rows()).toMatchObject([
      {
        at: START, actor: 'ana@argus.example', actorKind: 'pat', scope: 'tenants:write', method: 'POST', route: '/tenants', status: 201, latencyMs: 0, tenant: null, ip: INSIDE,
        userAgent: 'argusctl/0.1.0', bodySha256: sha256Hex(payload), tokenId: expect.stringMatching(/^tok_/),
      },
    ]);
    expect(clock.now()).toBe(START);
  });

  const calls = [
    ['that is refused for its scope', 'POST', '/tenants', { pat: 'reader', payload: { id: 'UTD_X', name: 'x' } }, { status: 403, scope: 'tenants:write', bodySha256: null }],
    ['for a thing that is not there', 'GET', '/tenants/NO_SUCH_TENANT', {}, { status: 404, route: '/tenants/{tenant}', tenant: null }],
    ['whose id is none', 'GET', `/support/sessions/${OPS_TOKEN}`, {}, { status: 404, route: '/support/sessions/{session}' }],
    ['whose body does not fit', 'POST', '/tenants', { payload: { id: 'x' } }, { status: 422, bodySha256: sha256Hex('{"id":"x"}') }],
    ['whose body cannot be read', 'POST', '/tenants', { payload: '{', headers: json }, { status: 400, bodySha256: sha256Hex('{') }],
    ['whose body is too large', 'POST', '/tenants', { payload: 'x'.repeat(70_000), headers: json }, { status: 413, bodySha256: null }],
    ['that any credential may make', 'GET', '/operators/me', {}, { status: 200, scope: null }],
    ['to a ladder that let it as far as its body', 'POST', `/support/agents/${AGENT}/activate`, { payload: '{}', headers: { 'x-argus-ops-token': OPS_TOKEN } }, { status: 422, scope: 'remote_support', route: '/support/agents/{agent}/activate' }],
    ['to a ladder with the wrong method', 'PUT', `/support/agents/${AGENT}/activate`, { headers: { 'x-argus-ops-token': OPS_TOKEN } }, { status: 405, method: 'PUT' }],
    ['to a ladder that refused it afterwards', 'POST', `/support/tenants/${TENANT}/command`, { payload: '{}' }, { status: 404, scope: 'remote_support', route: '/support/tenants/{tenant}/command' }],
  ] as const;
  test.each(calls)('%s is on record too', async (_what, method, url, asked, expected) => {
    const { ask, rows, newToken } = await recorded();
    const pat = 'pat' in asked ? await newToken(['tenants:read']) : undefined;
    const answer = await ask(method, url, { ...('payload' in asked && { payload: asked.payload }), ...('headers' in asked && { headers: { ...json, ...asked.headers } }), ...(pat && { pat }) });
    expect(await rows()).toMatchObject([{ ...expected, status: answer.statusCode }]);
    expect(answer.statusCode).toBe(expected.status);
  });

  test('belongs to the tenant it names in its address or its filter', async () => {
    const { ask, rows } = await recorded();
    await ask('POST', '/tenants', { payload: { id: TENANT, name: 'x' } });
    await ask('POST', `/tenants/${TENANT}/agents`, { payload: { agent_id: AGENT } });
    for (const url of [`/tenants/${TENANT}`, `/agents?tenant=${TENANT}`, `/agents/${AGENT}`, `/agents?tenant=${OTHER_TENANT}`, `/support/sessions/${newSessionId()}`]) await ask('GET', url);
    expect((await rows()).map((row) => row.tenant)).toEqual(expect.arrayContaining([null, TENANT]));
    expect((await rows()).filter((row) => row.tenant === TENANT).map((row) => row.route).toSorted()).toEqual(['/agents', '/agents/{agent}', '/tenants/{tenant}', '/tenants/{tenant}/agents']);
  });

  /** Guarantee: leaving before the answer leaves no gap in the record. */
  test('is on record though whoever made it left: with half a body, and before the answer', async () => {
    let finish = () => {};
    const slow = new Promise<void>((resolve) => (finish = resolve));
    let looks = 0;
    const world = createTestApi({
      between: (stores) => ({
        ...stores,
        tenants: { ...stores.tenants, list: async () => { await slow; return []; } },
        pats: { ...stores.pats, bySecretHash: async (...args) => { looks++; return stores.pats.bySecretHash(...args); } },
      }),
    });
    const pat = await world.newToken(PRESETS['admin-full']);
    await world.http.listen({ host: '127.0.0.1', port: 0 });
    const { port } = world.http.server.address() as AddressInfo;
    /** Gone as soon as the credential was looked at. */
    async function leave(head: string, rest: string): Promise<void> {
      const before = looks;
      const socket = connect(port, '127.0.0.1', () => socket.write(`${head}\r\nHost: a\r\nAuthorization: Bearer ${pat}\r\n\r\n${rest}`));
      await turnsUntil(() => looks > before);
      socket.destroy();
    }
    await leave('POST /v1/tenants HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 900', '{"id":');
    await leave('GET /v1/tenants HTTP/1.1', '');
    finish();
    const rows = async () => (await world.memory.records.apiCalls({ tenants: null, match: {}, limit: 10 })).rows.map((row) => `${row.method} ${row.route}`);
    await turnsUntil(async () => (await rows()).length === 2);
    expect((await rows()).toSorted()).toEqual(['GET /tenants', 'POST /tenants']);
    await world.api.close();
  });
});

/** What real sockets do takes turns of the event loop, and nobody knows how many. */
async function turnsUntil(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let turns = 0; turns < 2_000 && !(await isSo()); turns++) await settle();
}

describe('nobody is on record', () => {
  test('who showed no credential, or one that opens nothing', async () => {
    const { ask, rows, newToken } = await recorded();
    await ask('GET', '/healthz');
    await ask('GET', '/nowhere');
    for (const authorization of ['', 'Bearer x', `Bearer pat_${'a'.repeat(43)}`]) await ask('GET', '/tenants', { headers: { authorization } });
    await ask('POST', '/agents/enroll', { payload: {}, pat: await newToken([]) });
    expect(await rows()).toEqual([]);
  });

  /** Guarantee: the record asks for no credential that no gate asked for. */
  test('whom a ladder refused before it looked at the credential', async () => {
    let looks = 0;
    const world = createTestApi({ between: (stores) => ({ ...stores, pats: { ...stores.pats, bySecretHash: async (...args) => { looks++; return stores.pats.bySecretHash(...args); } } }) });
    const pat = await world.newToken(PRESETS['admin-full']);
    for (const headers of [{ 'x-forwarded-for': OUTSIDE }, { 'x-forwarded-for': INSIDE, 'x-argus-ops-token': 'wrong' }])
      await world.http.inject({ method: 'POST', url: `/support/agents/${AGENT}/activate`, headers: { ...headers, authorization: `Bearer ${pat}` } });
    await settle();
    expect([looks, (await world.memory.records.apiCalls({ tenants: null, match: {}, limit: 10 })).rows]).toEqual([0, []]);
  });
});

/** Guarantee: what a caller wrote about itself is kept short, clean, and without a secret. */
describe('the user agent', () => {
  const key = Buffer.from(MASTER_KEY).toString('hex');
  test.each([
    ['is cut', 'x'.repeat(10_000), 'x'.repeat(256)],
    ['loses what opens something', `me pat_${'a'.repeat(43)} ${OPS_TOKEN} ${key}`, 'me pat_[redacted] [redacted] [redacted]'],
    ['loses a token at the edge of the cut', `${'x'.repeat(240)}pat_${'a'.repeat(43)}`, `${'x'.repeat(240)}pat_[redacted]`],
    ['loses the ops token there too', `${'x'.repeat(240)}${OPS_TOKEN}`, `${'x'.repeat(240)}[redacted]`],
    ['loses what looks like a key, and no more', `psql ${Buffer.from(MASTER_KEY.map((byte, i) => byte * i)).toString('base64')} ${'aB'.repeat(30)}`, `psql [redacted] ${'aB'.repeat(30)}`],
    ['loses what does not print', 'a\u0085b', 'a b'],
  ])('%s', async (_what, given, kept) => {
    const { ask, rows } = await recorded();
    await ask('GET', '/operators/me', { headers: { 'user-agent': given } });
    expect((await rows())[0]?.userAgent).toBe(kept);
  });
});

/** Guarantee: secrets are for their own headers; in a body of an authenticated call they are refused, wherever they stand. */
describe('a secret in a body', () => {
  const shaped = `pat_${'a'.repeat(43)}`;
  const activation = (over: object) => ({ tenant_id: TENANT, reason: 'investigate alert', nonce: 'n'.repeat(22), timestamp: new Date(START).toISOString(), ...over });
  const wrong: readonly (readonly [string, 'POST' | 'PUT', string, object])[] = [
    ['the ops token as a reason', 'POST', `/support/agents/${AGENT}/activate`, activation({ reason: `token ${OPS_TOKEN}` })],
    ['a token as a reason', 'POST', `/support/agents/${AGENT}/activate`, activation({ reason: shaped })],
    ['a token as a nonce', 'POST', `/support/agents/${AGENT}/activate`, activation({ nonce: shaped })],
    ['the ops token as a reason for arming', 'POST', `/support/tenants/${TENANT}/arm`, { reason: OPS_TOKEN, confirm_tenant_id: TENANT }],
    ['the master key as a reason for arming', 'POST', `/support/tenants/${TENANT}/arm`, { reason: Buffer.from(MASTER_KEY).toString('base64'), confirm_tenant_id: TENANT }],
    ['the ops token as a name', 'POST', '/pats', { name: OPS_TOKEN, scopes: ['tenants:read'], days: 1 }],
    ['a token in an address', 'PUT', `/tenants/${TENANT}/consent`, { document_id: 'D', document_sha256: 'ab'.repeat(32), signed_at: '2026-01-01T00:00:00Z', signer: { name: 'K', email: `${shaped}@t.example` } }],
    ['the ops token as a document', 'PUT', `/tenants/${TENANT}/consent`, { document_id: OPS_TOKEN, document_sha256: 'ab'.repeat(32), signed_at: '2026-01-01T00:00:00Z', signer: { name: 'K', email: 'k@t.example' } }],
  ];
  test.each(wrong)('%s is refused, said back to nobody and kept nowhere', async (_what, method, url, payload) => {
    const { ask, memory } = await recorded();
    await ask('POST', '/tenants', { payload: { id: TENANT, name: 'x' } });
    const answer = await ask(method, url, { payload, headers: { 'x-argus-ops-token': OPS_TOKEN } });
    expect(answer.json()).toMatchObject({ status: 422, code: 'bad_request' });
    expect(JSON.stringify(answer.json<{ problems: unknown }>().problems)).toMatch(/secret/);
    const kept = JSON.stringify([answer.json(), memory.rows('operator'), memory.rows(TENANT)]);
    for (const secret of [OPS_TOKEN, shaped, Buffer.from(MASTER_KEY).toString('base64')]) expect(kept).not.toContain(secret);
  });
});

describe('a record that cannot be written', () => {
  const gone = async (): Promise<never> => { throw new Error('gone'); };
  test.each([['is gone', gone], ['never answers', () => new Promise<never>(() => {})]])('because its store %s holds nobody up who does not read it', async (_what, add) => {
    const { ask } = await recorded({ add });
    for (let i = 0; i < 5; i++) expect((await ask('GET', '/tenants')).statusCode).toBe(200);
  });

  /** Guarantee: who reads the audit is on record first, or reads nothing. */
  test.each(['/audit-log', '/v1/support-audit', '/events'])('closes %s', async (url) => {
    const state = { isDown: false, written: [] as ApiCall[] };
    const { ask } = await recorded({ add: async (calls) => { if (state.isDown) throw new Error('gone'); state.written.push(...calls); return 'written'; } });
    expect((await ask('GET', url)).statusCode).toBe(200);
    expect(state.written.map((call) => [call.route, call.status, call.scope])).toEqual([[url.replace('/v1', ''), 200, 'logs:read']]); // by then, and once
    state.isDown = true;
    const refused = await ask('GET', url);
    expect(refused.json()).toMatchObject({ status: 503, code: 'audit_unavailable' });
    expect(refused.json()).not.toHaveProperty('rows');
  });

  test('leaves a refusal to read it a refusal', async () => {
    const { ask, newToken } = await recorded({ add: gone });
    expect((await ask('GET', '/audit-log', { pat: await newToken(['tenants:read']) })).json()).toMatchObject({ code: 'missing_role' });
    expect((await ask('GET', '/audit-log?x=1')).json()).toMatchObject({ code: 'bad_request' });
  });
});

test('what is still waiting is written when the server stops', async () => {
  const written: ApiCall[] = [];
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const { ask, api } = await recorded({ add: async (calls) => { await gate; written.push(...calls); return 'written'; } });
  for (let i = 0; i < 5; i++) await ask('GET', '/operators/me');
  const closing = api.close();
  open();
  await closing;
  expect(written).toHaveLength(5);
});

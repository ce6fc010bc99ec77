import { ERRORS, isErrorCode } from '@argus/protocol/errors.ts';
import { createConnection, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApi, INSIDE, OPS_TOKEN, OUTSIDE } from '../../test/api.ts';
import { AGENT, TENANT } from '../../test/sample.ts';
import { PRESETS } from '../people/principal.ts';
import { networksOf } from './address.ts';
import { ROUTES, type Route } from './routes.ts';

type Asked = { method?: string; url?: string; headers?: Record<string, string | string[]>; payload?: string | Buffer; from?: string };

const { api, http, newToken, memory, said } = createTestApi();
let pat: string;
beforeAll(async () => {
  pat = await newToken(PRESETS['admin-full']);
});
afterAll(() => api.close());

const ask = ({ method = 'POST', url = '/tenants', headers = {}, payload, from = INSIDE }: Asked) =>
  http.inject({
    method: method as 'GET', // any method: that is the point
    url,
    headers: { 'x-forwarded-for': from, authorization: `Bearer ${pat}`, ...headers },
    ...(payload !== undefined && { payload }),
  });
const json = { 'content-type': 'application/json' };
const body = JSON.stringify({ id: 'UTD_NEW', name: 'New' });

/** What every answer that is not a success looks like, whatever was asked. */
function expectProblem(answer: Awaited<ReturnType<typeof ask>>, code: string): void {
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = answer.json<Record<string, unknown>>();
  expect(problem['code'], answer.body).toBe(code);
  if (!isErrorCode(code)) throw new Error(`${code} is no code`);
  expect(answer.statusCode).toBe(ERRORS[code].status);
  expect(problem).toMatchObject({ status: answer.statusCode, title: ERRORS[code].title, hint: ERRORS[code].hint, type: `/docs/reference/errors#${code}` });
  expect(problem['request_id']).toBe(answer.headers['x-request-id']);
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(answer.body).not.toMatch(/\bat \S+ \(|node_modules|\.ts:\d|FST_ERR|Error:/);
  expect(answer.body).not.toContain(pat.slice(4));
  expect(answer.body).not.toContain(OPS_TOKEN);
  expect(answer.body).not.toContain('hunter2');
}

const deep = (n: number) => `${'['.repeat(n)}${']'.repeat(n)}`;
const malformed: readonly (readonly [string, Asked, string])[] = [
  ['broken JSON', { headers: json, payload: '{"id":' }, 'malformed_request'],
  ['JSON with a secret in what is broken', { headers: json, payload: '{"hunter2' }, 'malformed_request'],
  ['no body, said to be JSON', { headers: json, payload: '' }, 'malformed_request'],
  ['no body at all', {}, 'bad_request'],
  ['null', { headers: json, payload: 'null' }, 'bad_request'],
  ['an array', { headers: json, payload: '[]' }, 'bad_request'],
  ['a string', { headers: json, payload: '"hunter2"' }, 'bad_request'],
  ['a field nobody knows', { headers: json, payload: JSON.stringify({ id: 'UTD_NEW', name: 'New', hunter2: 1 }) }, 'bad_request'],
  ['a value that is a secret', { headers: json, payload: JSON.stringify({ id: 'hunter2', name: 'New' }) }, 'bad_request'],
  ['the key __proto__', { headers: json, payload: '{"id":"UTD_NEW","name":"New","__proto__":{"isAdmin":true}}' }, 'malformed_request'],
  ['the key constructor', { headers: json, payload: '{"id":"UTD_NEW","name":"New","constructor":{"prototype":{"isAdmin":true}}}' }, 'malformed_request'],
  ['nesting 30000 deep', { headers: json, payload: `{"id":${deep(30_000)}}` }, 'bad_request'],
  ['nesting where anything may stand', { url: `/support/tenants/${TENANT}/command`, headers: json, payload: `{"command":"ping","args":{"a":${deep(5_000)}}}` }, 'session_not_found'],
  ['70 KB', { headers: json, payload: JSON.stringify({ id: 'UTD_NEW', name: 'x'.repeat(70_000) }) }, 'body_too_large'],
  ['a length that is a lie', { headers: { ...json, 'content-length': '70000' }, payload: body }, 'body_too_large'],
  ['text', { headers: { 'content-type': 'text/plain' }, payload: body }, 'unsupported_media_type'],
  ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'id=UTD_NEW' }, 'unsupported_media_type'],
  ['multipart', { headers: { 'content-type': 'multipart/form-data; boundary=x' }, payload: '--x--' }, 'unsupported_media_type'],
  ['XML', { headers: { 'content-type': 'application/xml' }, payload: '<a/>' }, 'unsupported_media_type'],
  ['a content type of garbage', { headers: { 'content-type': ';;;=' }, payload: body }, 'unsupported_media_type'],
  ['a body without a content type', { headers: { 'content-type': '' }, payload: body }, 'unsupported_media_type'],
  ['a NUL in a name', { headers: json, payload: JSON.stringify({ id: 'UTD_NEW', name: 'a\0b' }) }, 'bad_request'],
  ['half a surrogate pair', { headers: json, payload: '{"id":"UTD_NEW","name":"\\ud800"}' }, 'bad_request'],
  ['bytes that are not UTF-8', { headers: json, payload: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }, 'malformed_request'],
  ['another method', { method: 'PATCH', headers: json, payload: body }, 'method_not_allowed'],
  ['OPTIONS', { method: 'OPTIONS' }, 'method_not_allowed'],
  ['TRACE', { method: 'TRACE' }, 'method_not_allowed'],
  ['an unknown path', { method: 'GET', url: '/hunter2' }, 'not_found'],
  ['the root', { method: 'GET', url: '/' }, 'not_found'],
  ['another version', { method: 'GET', url: '/v2/tenants' }, 'not_found'],
  ['a path in other case', { method: 'GET', url: '/Tenants' }, 'not_found'],
  ['a slash too many', { method: 'GET', url: '/tenants/' }, 'tenant_not_found'],
  ['a walk upwards', { method: 'GET', url: '/tenants/../../etc/passwd' }, 'not_found'],
  ['broken percent-encoding', { method: 'GET', url: '/tenants/%zz' }, 'not_found'],
  ['percent-encoding that is not UTF-8', { method: 'GET', url: '/tenants/%ff%fe' }, 'not_found'],
  ['broken percent-encoding on a ladder', { url: '/support/agents/%zz/activate' }, 'not_found'],
  ['an encoded slash in an id', { method: 'GET', url: '/tenants/A%2FB' }, 'tenant_not_found'],
  ['a NUL in an id', { method: 'GET', url: `/tenants/${TENANT}%00` }, 'tenant_not_found'],
  ['a line break in an id', { method: 'GET', url: `/tenants/${TENANT}%0a` }, 'tenant_not_found'],
  ['an id of 5000 letters', { method: 'GET', url: `/tenants/${'A'.repeat(5_000)}` }, 'not_found'],
  ['an id that is a property of every object', { method: 'GET', url: '/tenants/__proto__' }, 'tenant_not_found'],
  ['a session id with a NUL', { method: 'GET', url: '/support/sessions/rss_%00' }, 'session_not_found'],
  ['an agent id in look-alike letters', { method: 'GET', url: '/agents/agent_m%D0%B0cpro' }, 'agent_not_found'],
  ['a filter that is no tenant', { method: 'GET', url: '/agents?tenant=hunter2' }, 'bad_request'],
  ['a number that is none', { method: 'GET', url: `/tenants/${TENANT}/log/entries?from=-1` }, 'bad_request'],
  ['a number with a sign', { method: 'GET', url: `/tenants/${TENANT}/log/entries?from=1e3` }, 'bad_request'],
  ['a number beyond all counting', { method: 'GET', url: `/tenants/${TENANT}/log/proof?index=99999999999999999999` }, 'bad_request'],
  ['the log of a tenant that does not exist', { method: 'GET', url: '/tenants/NOBODY_AT_ALL/log/checkpoint' }, 'tenant_not_found'],
  ['no credential', { headers: { authorization: '' } }, 'unauthenticated'],
  ['a credential of garbage', { headers: { authorization: 'Bearer hunter2' } }, 'unauthenticated'],
  ['another scheme', { headers: { authorization: 'Basic aHVudGVyMg==' } }, 'unauthenticated'],
  ['a token in the query', { url: '/tenants?pat=hunter2', headers: { authorization: '' } }, 'unauthenticated'],
];

describe('on a plain path', () => {
  test.each(malformed)('%s gets a coded problem', async (_what, asked, code) => {
    expectProblem(await ask(asked), code);
  });

  test('every path refuses every method it does not take, under both prefixes', async () => {
    const taken = new Map<string, Set<string>>();
    for (const route of Object.values<Route>(ROUTES)) if (route.door.kind !== 'ladder') taken.set(route.path, (taken.get(route.path) ?? new Set()).add(route.method));
    for (const [path, methods] of taken)
      for (const prefix of ['', '/v1'])
        for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'].filter((m) => !methods.has(m))) {
          const answer = await ask({ method, url: `${prefix}${path}` });
          expect([method, path, answer.statusCode]).toEqual([method, path, 405]);
        }
  });

  test('a credential that came twice, or as a list, opens nothing it would not open once', async () => {
    const answer = await ask({ method: 'GET', url: '/operators/me', headers: { authorization: [`Bearer ${pat}`, 'Bearer hunter2'] } });
    expect([200, 401]).toContain(answer.statusCode);
    expect(answer.body).not.toContain('hunter2');
  });

  test('a polluted body changes no other request', async () => {
    for (const payload of ['{"__proto__":{"scopes":["remote_support"]}}', '{"constructor":{"prototype":{"polluted":1}}}']) await ask({ headers: json, payload });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test('nothing of all this is a bug to us: the log of the server stays empty of it', () => {
    expect(said.filter(([level]) => level === 'error')).toEqual([]);
  });
});

describe('our own mistakes', () => {
  test('while a body that could not be read is being refused are answered too, and end no process', async () => {
    const broken = createTestApi({ between: (stores) => ({ ...stores, agents: { ...stores.agents, byId: async () => { throw new Error('gone'); } } }) });
    const token = await broken.newToken(['remote_support']);
    const headers = { ...json, authorization: `Bearer ${token}`, 'x-forwarded-for': INSIDE, 'x-argus-ops-token': OPS_TOKEN };
    const answer = await broken.http.inject({ method: 'POST', url: `/support/agents/${AGENT}/activate`, headers, payload: '{' });
    expect(answer.json()).toMatchObject({ status: 500, code: 'internal' });
  });

  test('are answered as internal, without what broke; the server log has it', async () => {
    const broken = createTestApi({
      between: (stores) => ({ ...stores, tenants: { ...stores.tenants, list: async () => { throw new Error('password=hunter2 at 10.0.0.1'); } } }),
    });
    const token = await broken.newToken(['tenants:read']);
    const answer = await broken.http.inject({ method: 'GET', url: '/tenants', headers: { authorization: `Bearer ${token}` } });
    expect(answer.json()).toMatchObject({ status: 500, code: 'internal' });
    expect(answer.body).not.toContain('hunter2');
    expect(broken.said.at(-1)).toMatchObject(['error', 'unexpected', { problem: 'password=hunter2 at 10.0.0.1' }]);
  });
});

/** Guarantee: from an unlisted address a ladder says one thing, whatever else was sent, to the byte. */
describe('a ladder, from an unlisted address', () => {
  const ladders = [['activate', `/support/agents/${AGENT}/activate`], ['command', `/support/tenants/${TENANT}/command`], ['revoke', `/support/agents/${AGENT}/revoke`]] as const;
  const good = () => ({ 'content-type': 'application/json', authorization: `Bearer ${pat}`, 'x-argus-ops-token': OPS_TOKEN, 'x-argus-session': `rst_${'a'.repeat(43)}` });
  const request = JSON.stringify({ tenant_id: TENANT, reason: 'investigate alert', nonce: 'n'.repeat(22), timestamp: '2026-03-01T12:00:00.000Z' });
  const sent = (): readonly (readonly [string, Asked])[] => [
    ['everything right', { headers: good(), payload: request }],
    ['a wrong ops token', { headers: { ...good(), 'x-argus-ops-token': 'wrong' }, payload: request }],
    ['no ops token', { headers: { ...good(), 'x-argus-ops-token': '' }, payload: request }],
    ['the ops token in the query', { url: `?ops_token=${OPS_TOKEN}`, headers: { ...good(), 'x-argus-ops-token': '' }, payload: request }],
    ['no credential', { headers: { ...good(), authorization: '' }, payload: request }],
    ['a broken credential', { headers: { ...good(), authorization: 'Bearer pat_x' }, payload: request }],
    ['no body', { headers: good() }],
    ['broken JSON', { headers: good(), payload: '{' }],
    ['70 KB', { headers: good(), payload: 'x'.repeat(70_000) }],
    ['another type', { headers: { ...good(), 'content-type': 'application/xml' }, payload: request }],
    ['another prefix', { url: 'v1', headers: good(), payload: request }],
    ...(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'] as const).map((method) => [`the method ${method}`, { method, headers: good() }] as const),
  ];

  test.each(ladders)('%s answers byte for byte the same', async (_name, path) => {
    const answers = new Map<string, string>();
    for (const [what, asked] of sent()) {
      const url = asked.url === 'v1' ? `/v1${path}` : `${path}${asked.url ?? ''}`;
      const answer = await ask({ ...asked, url, from: OUTSIDE });
      const { date: _date, 'x-request-id': requestId, ...headers } = answer.headers;
      answers.set(what, JSON.stringify([answer.statusCode, headers, answer.body.replaceAll(String(requestId), 'REQUEST')]));
    }
    expect(new Set(answers.values()), [...answers].map((a) => a.join(': ')).join('\n')).toHaveProperty('size', 1);
    expect([...answers.values()][0]).toContain('ip_not_allowlisted');
  });

  test.each(ladders)('%s answers HEAD with the same head', async (_name, path) => {
    const answer = await ask({ method: 'HEAD', url: path, from: OUTSIDE });
    expect(answer.statusCode).toBe(403);
  });

  test('the credential store is not read for it', async () => {
    let reads = 0;
    const counted = createTestApi({ between: (stores) => ({ ...stores, pats: { ...stores.pats, bySecretHash: async (...args) => { reads++; return stores.pats.bySecretHash(...args); } } }) });
    const token = await counted.newToken(['remote_support']);
    const knock = (from: string) =>
      counted.http.inject({ method: 'POST', url: `/support/agents/${AGENT}/activate`, headers: { 'x-forwarded-for': from, authorization: `Bearer ${token}`, 'x-argus-ops-token': OPS_TOKEN } });
    await knock(OUTSIDE);
    expect(reads).toBe(0);
    await knock(INSIDE);
    expect(reads).toBe(1);
  });
});

/** Guarantee: a proxy that stands in an operator network lends its place to nobody whose address it did not tell. */
test('a caller that is itself our proxy is unlisted, also when the proxy\'s own network is', async () => {
  const inside = createTestApi({ operatorNetworks: networksOf(['127.0.0.0/8', '10.1.0.0/16']) });
  const knock = async (headers: Record<string, string>) =>
    (await inside.http.inject({ method: 'POST', url: `/support/agents/${AGENT}/activate`, headers })).json<{ code: string }>().code;
  for (const headers of [{}, { 'x-forwarded-for': 'unknown' }, { 'x-forwarded-for': '127.0.0.9' }]) expect(await knock(headers)).toBe('ip_not_allowlisted');
  expect(await knock({ 'x-forwarded-for': INSIDE })).toBe('bad_ops_token');
});

describe('a ladder, from a listed address', () => {
  const url = `/support/agents/${AGENT}/activate`;
  const headers = { 'x-argus-ops-token': OPS_TOKEN };
  const unread: readonly (readonly [string, Asked, string])[] = [
    ['broken JSON', { headers: { ...headers, ...json }, payload: '{' }, 'malformed_request'],
    ['70 KB', { headers: { ...headers, ...json }, payload: `"${'x'.repeat(70_000)}"` }, 'body_too_large'],
    ['another type', { headers: { ...headers, 'content-type': 'text/plain' }, payload: 'x' }, 'unsupported_media_type'],
    ['another method', { method: 'PUT', headers }, 'method_not_allowed'],
    ['a body that does not fit', { headers: { ...headers, ...json }, payload: '{}' }, 'bad_request'],
  ];
  /** Guarantee: every rung is on record when it refuses, also when the body could not even be read. */
  test.each(unread)('%s is refused by the request gate, coded and on record', async (_what, asked, code) => {
    const before = memory.rows('operator').length;
    expectProblem(await ask({ url, ...asked }), code);
    expect(memory.rows('operator').length).toBe(before + 1);
    expect(memory.rows('operator').at(-1)?.audit).toMatchObject({
      action: 'remote_support_activation', outcome: 'refused', code, gates_passed: ['network', 'ops_token', 'credential', 'identity', 'enabled'], operator: 'ana@argus.example', reason: '(not read)',
    });
  });

  test('an ops token in the query is refused even if it is right', async () => {
    expectProblem(await ask({ url: `${url}?ops_token=${OPS_TOKEN}&x-argus-ops-token=${OPS_TOKEN}` }), 'bad_ops_token');
  });

  test('what is on record of a refusal holds no token', () => {
    const rows = JSON.stringify(memory.rows('operator').map((row) => [row.audit, row.bytes]));
    expect(rows).not.toContain(OPS_TOKEN);
    expect(rows).not.toContain(pat.slice(4));
  });
});

describe('on the wire', () => {
  let port: number;
  const live = createTestApi();
  beforeAll(async () => {
    await live.http.listen({ host: '127.0.0.1', port: 0 });
    port = (live.http.server.address() as AddressInfo).port;
  });
  afterAll(() => live.api.close());

  const raw = (bytes: string | Buffer) =>
    new Promise<string>((resolve, reject) => {
      let answer = '';
      const socket = createConnection(port, '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });
  const garbage: readonly (readonly [string, string | Buffer])[] = [
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['TLS on a plain port', Buffer.from('16030100a5010000a10303', 'hex')],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: x\r\nhunter2\r\n\r\n'],
    ['a header of 64 KB', `GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'a'.repeat(65_536)}\r\n\r\n`],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n'],
    ['two lengths', 'POST /tenants HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx'],
    ['a length and chunks', 'POST /tenants HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a method nobody has', 'HUNTER2 / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a version nobody has', 'GET / HTTP/7.3\r\nHost: x\r\n\r\n'],
    ['a space in the path', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n'],
  ];
  test.each(garbage)('%s gets a 400 problem, and the connection is closed', async (_what, bytes) => {
    const answer = await raw(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^\r\n]+\r\nContent-Type: application\/problem\+json\r\n/);
    expect(answer).toContain('Connection: close');
    const [head = '', text = ''] = answer.split('\r\n\r\n');
    expect(JSON.parse(text)).toMatchObject({ status: 400, code: 'malformed_request' });
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(text)}`);
    expect(answer).not.toContain('hunter2');
  });

  test('what is left of a refused body is not taken for a request', async () => {
    const inner = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await raw(`POST /tenants HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n${inner}`);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('a ladder answers an unlisted caller the same to the byte, with a body it has not read and without one', async () => {
    const knock = async (method: string, extra: string, sent: string) =>
      (await raw(`${method} /support/agents/${AGENT}/activate HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${OUTSIDE}\r\n${extra}\r\n${sent}`))
        .replaceAll(/req_[a-z0-9]+/g, 'REQUEST').replace(/date: [^\r]+/i, 'DATE');
    const answers = [
      await knock('POST', '', ''),
      await knock('GET', '', ''),
      await knock('POST', 'Content-Type: application/json\r\nContent-Length: 2\r\n', '{}'),
      await knock('POST', 'Content-Type: application/json\r\nContent-Length: 70000\r\n', 'x'.repeat(1_000)),
      await knock('POST', 'Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n', '5\r\nhello\r\n'),
      await knock('POST', `X-Argus-Ops-Token: ${OPS_TOKEN}\r\nAuthorization: Bearer pat_x\r\n`, ''),
      await knock('PROPFIND', 'Connection: keep-alive\r\n', ''),
    ];
    expect(new Set(answers).size, answers.join('\n')).toBe(1);
    expect(answers[0]).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
  });
});

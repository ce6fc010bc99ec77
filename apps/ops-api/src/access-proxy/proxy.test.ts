import { manualClock, settle } from '@argus/kit/clock.ts';
import { ok } from '@argus/kit/result.ts';
import { deny, toProblem } from '@argus/protocol/errors.ts';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { onLoopback } from '../../test/access.ts';
import { CONSOLE, consoleProxy, PROXY_OPS_TOKEN as OPS_TOKEN, type Sent } from '../../test/console-proxy.ts';
import { AGENT, newSessionId, START, TENANT } from '../../test/sample.ts';
import type { Access } from '../access/access.ts';
import { networksOf } from '../http/address.ts';
import { ACTION_PATH, ACTIONS } from './actions.ts';
import { TELL_EVERY_MS } from '../audit/flood.ts';
import { createAccessProxy } from './proxy.ts';
import { BODY_BYTES_MAX, BODY_MS_MAX } from './read-body.ts';

/** Somebody who was verified: what the proxy does from there on is what these tests are about. */
const verified: Access = { wayIn: (header) => (typeof header === 'string' ? () => ok({ email: 'ana@argus.example' }) : undefined) };
const ASSERTION = 'an.assertion.verified';
const PAT = `pat_${'a'.repeat(43)}`;
const session_id = newSessionId();
const session_token = `rst_${'s'.repeat(43)}`;
const iso = '2026-03-01T12:00:00.000Z';
const activated = { session_id, session_token, tenant_id: TENANT, agent_id: AGENT, expires_at: iso };
const view = { session_id, tenant_id: TENANT, agent_id: AGENT, operator: 'ana@argus.example', yours: true, reason: 'x y z', state: 'active', minutes: 30, created_at: iso, expires_at: iso, ended_at: null, ended_by: null, ended_actor: null, ended_operator: null, last_word: null };
const activation = { agent_id: AGENT, tenant_id: TENANT, reason: 'investigate alert', nonce: 'n'.repeat(22), timestamp: iso };
const { agent_id: _, ...explained } = activation;
const toldWhy = { would_pass: true, code: null, tenant_id: TENANT, agent_id: AGENT, at: iso, gates: [], beyond: 'the machine decides' };
const bodies: Readonly<Record<string, Record<string, unknown>>> = { activate: activation, explain: { agent: AGENT, ...explained }, deactivate: { session_id, reason: 'all done' }, status: { session_id } };

type Seen = { readonly method: string | undefined; readonly url: string | undefined; readonly headers: IncomingHttpHeaders; readonly body: string };
/** Something in the place of the ops API that writes down what reached it, and answers as a test says. */
async function inFrontOf(answer: RequestListener, over: Parameters<typeof consoleProxy>[1] = {}) {
  const seen: Seen[] = [];
  const upstream = await onLoopback((req, res) => {
    let body = '';
    req.on('data', (chunk) => (body += String(chunk))).on('end', () => {
      seen.push({ method: req.method, url: req.url, headers: req.headers, body });
      answer(req, res);
    });
  });
  const proxy = await consoleProxy(upstream.address, { access: verified, ...over });
  onTestFinished(() => { upstream.close(); proxy.close(); });
  const ask = (action: string, { headers = {}, ...sent }: Sent = {}) =>
    proxy.ask(action.startsWith('/') ? action : `${ACTION_PATH}${action}`, { body: bodies[action], ...sent, headers: { 'cf-access-jwt-assertion': ASSERTION, authorization: `Bearer ${PAT}`, ...headers } });
  return { ...proxy, ask, seen };
}
const json = (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener => (_req, res) => void res.writeHead(status, headers).end(JSON.stringify(body));
const good: RequestListener = (req, res) => json(200, req.url?.endsWith('/activate') === true ? activated : req.url?.endsWith('/explain') === true ? toldWhy : view)(req, res);

describe('what goes on to the ops API', () => {
  test('is the one place of each action, with our own headers and the fields that were read', async () => {
    const { ask, seen } = await inFrontOf(good);
    for (const action of Object.keys(ACTIONS)) expect((await ask(action)).status).toBe(200);
    expect(seen.map(({ method, url, body }) => [method, url, body === '' ? null : JSON.parse(body)])).toEqual([
      ['POST', `/v1/support/agents/${AGENT}/activate`, { tenant_id: TENANT, reason: 'investigate alert', minutes: 30, nonce: 'n'.repeat(22), timestamp: iso }],
      ['POST', '/v1/support/explain', { agent: AGENT, tenant_id: TENANT, reason: 'investigate alert', minutes: 30, nonce: 'n'.repeat(22), timestamp: iso }],
      ['POST', `/v1/support/sessions/${session_id}/deactivate`, { reason: 'all done' }],
      ['GET', `/v1/support/sessions/${session_id}`, null],
    ]);
    expect(seen.map(({ headers }) => headers['x-argus-ops-token'])).toEqual([OPS_TOKEN, OPS_TOKEN, undefined, undefined]); // where it is asked for, and nowhere else
  });

  test('carries none of the browser\'s headers but its token and the verified assertion', async () => {
    const { ask, seen } = await inFrontOf(good);
    await ask('activate', {
      headers: {
        cookie: 'CF_Authorization=hunter2', 'x-argus-ops-token': 'hunter2', 'x-argus-session': 'hunter2', 'x-real-ip': '10.1.2.3', forwarded: 'for=10.1.2.3', 'x-argus-relayed': 'hunter2',
        'user-agent': 'hunter2', referer: 'https://hunter2.example', 'x-http-method-override': 'DELETE', 'accept-language': 'hunter2', via: 'hunter2', 'x-forwarded-host': 'hunter2', 'x-forwarded-for': '10.1.2.3, 203.0.113.9',
      },
    });
    const { 'content-length': _, host: __, connection: ___, 'accept-encoding': ____, 'accept-language': _____, 'sec-fetch-mode': ______, ...headers } = seen[0]?.headers ?? {};
    expect(headers).toEqual({
      accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'argus-console-proxy', authorization: `Bearer ${PAT}`,
      'cf-access-jwt-assertion': ASSERTION, 'x-argus-ops-token': OPS_TOKEN, 'x-argus-relayed': '1', 'x-forwarded-for': '203.0.113.9',
    });
    expect(JSON.stringify(seen)).not.toContain('hunter2');
  });
  test.each(['Basic hunter2', 'Bearer hunter2', `Bearer ${PAT}x`, `Bearer ${PAT}, Bearer ${PAT}`, 'hunter2'])('carries no credential that is none of ours (%s)', async (authorization) => {
    const { ask, seen } = await inFrontOf(good);
    await ask('activate', { headers: { authorization } });
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });
});

/** Guarantee: four names, and never a path of the caller's. */
describe('what is not one of the four', () => {
  const paths = [
    '', 'activat', 'activate/', 'Activate', 'activate?x=1', 'activate%20', '%61ctivate', '/', `/v1/support/agents/${AGENT}/activate`, '/support/sessions', '/healthz', 'command', 'revoke', 'arm',
    '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'activate;x', 'activate%00', 'http://evil.example/', '//evil.example/activate',
  ];
  test.each(paths)('%j reaches nobody', async (path) => {
    const { ask, seen } = await inFrontOf(good);
    const answer = await ask(path.startsWith('/') ? path : `${ACTION_PATH}${path}`, { body: activation });
    expect([answer.status, answer.body['code']]).toEqual([404, 'not_found']);
    expect(seen).toEqual([]);
  });
  test('an address as no browser writes it reaches nobody', async () => {
    const { address, seen } = await inFrontOf(good);
    const port = Number(new URL(address).port);
    for (const target of [`http://evil.example${ACTION_PATH}activate`, '*', 'evil.example:443', `${ACTION_PATH}activate/../status`, `${ACTION_PATH}../../v1/tenants`, `/.${ACTION_PATH}activate`, `/${ACTION_PATH}activate`, `${ACTION_PATH}activate#x`]) {
      const answer = await new Promise<string>((resolve) => {
        let text = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(`POST ${target} HTTP/1.1\r\nHost: x\r\nOrigin: ${CONSOLE}\r\nCf-Access-Jwt-Assertion: ${ASSERTION}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`));
        socket.on('data', (chunk) => (text += String(chunk))).on('close', () => resolve(text)).on('error', () => resolve(text));
      });
      expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    }
    expect(seen).toEqual([]);
  });
  const ids = ['../../tenants', `${AGENT}/../x`, `${AGENT}?x=1`, `${AGENT}#x`, `${AGENT}%2f..`, 'http://evil.example', '', null, 7, ['agent_x_y'], { toString: 'x' }, `${AGENT}\n`];
  test.each(ids)('an id of %j is no place', async (id) => {
    const { ask, seen } = await inFrontOf(good);
    expect((await ask('activate', { body: { ...activation, agent_id: id } })).body['code']).toBe('bad_request');
    expect((await ask('status', { body: { session_id: id } })).body['code']).toBe('bad_request');
    expect(seen).toEqual([]);
  });
  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s does nothing', async (method) => {
    const { ask, seen } = await inFrontOf(good);
    const answer = await ask('status', { method, body: undefined });
    expect(answer.body['code']).toBe('method_not_allowed');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(seen).toEqual([]);
  });
  const extra = ['path', 'url', 'method', 'headers', 'ops_token', 'session_token', 'x-argus-ops-token', '__proto__', 'constructor', 'authorization'];
  test.each(extra)('a field %s goes nowhere', async (field) => {
    const { ask, seen } = await inFrontOf(good);
    for (const [action, body] of Object.entries(bodies)) {
      const text = JSON.stringify(body).replace(/\}$/, `,${JSON.stringify(field)}:"/v1/tenants"}`);
      expect((await ask(action, { body: text })).body['code']).toBe('bad_request');
    }
    expect(seen).toEqual([]);
  });
});

/** Guarantee: another site's page cannot click for somebody who is signed in. */
describe('a page of another origin', () => {
  test.each(['https://evil.example', `${CONSOLE}.evil.example`, `${CONSOLE}:8443`, `${CONSOLE}/`, CONSOLE.replace('https', 'http'), CONSOLE.toUpperCase(), 'null', '', `${CONSOLE}, ${CONSOLE}`])('%j is refused', async (origin) => {
    const { ask, seen } = await inFrontOf(good);
    expect((await ask('activate', { headers: { origin } })).body['code']).toBe('foreign_origin');
    expect(seen).toEqual([]);
  });
  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain; application/json', 'application/jsonp', ''])('a form can send, as %j, is not read', async (type) => {
    const { ask, seen } = await inFrontOf(good);
    expect((await ask('activate', { headers: { 'content-type': type } })).body['code']).toBe('unsupported_media_type');
    expect(seen).toEqual([]);
  });
});

describe('a body', () => {
  test('that is too large is refused, and the caller is told', async () => {
    const { ask, seen } = await inFrontOf(good);
    expect((await ask('activate', { body: 'x'.repeat(BODY_BYTES_MAX + 1) })).body['code']).toBe('body_too_large');
    expect((await ask('activate', { body: JSON.stringify(activation).padEnd(BODY_BYTES_MAX) })).status).toBe(200);
    expect(seen).toHaveLength(1);
  });
  test.each(['', '{', 'null', '[]', '"activate"', '\u0000'])('of %j does nothing', async (body) => {
    const { ask, seen } = await inFrontOf(good);
    expect(['malformed_request', 'bad_request']).toContain((await ask('activate', { body })).body['code']);
    expect(seen).toEqual([]);
  });
  test('that trickles in costs its connection', async () => {
    const clock = manualClock(START);
    let waiting = () => {};
    const isReading = new Promise<void>((resolve) => (waiting = resolve));
    const noticed = { ...clock, after: (ms: number, fn: () => void) => { if (ms === BODY_MS_MAX) waiting(); return clock.after(ms, fn); } };
    const { address, seen } = await inFrontOf(good, { clock: noticed });
    let isClosed = false;
    const closed = new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(address).port), '127.0.0.1', () =>
        socket.write(`POST ${ACTION_PATH}activate HTTP/1.1\r\nHost: x\r\nOrigin: ${CONSOLE}\r\nCf-Access-Jwt-Assertion: ${ASSERTION}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`));
      socket.resume();
      socket.on('error', () => undefined);
      socket.on('close', () => { isClosed = true; resolve(); });
    });
    await isReading;
    await clock.advance(BODY_MS_MAX - 1);
    await settle();
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await closed;
    expect(seen).toEqual([]);
  });
});

/** Guarantee: whatever answers in the place of the ops API, a browser learns neither the ops token nor a session token. */
describe('what comes back', () => {
  const parts = ({ text, headers }: { text: string; headers: Headers }) => `${text}\n${[...headers].join('\n')}`;
  const problem = toProblem(deny('agent_offline'), `req_${'a'.repeat(20)}`);
  const token = (say: (token: string) => RequestListener): RequestListener => (req, res) => say(String(req.headers['x-argus-ops-token']))(req, res);

  test('of an activation is the session without its token, which goes where it is kept', async () => {
    const { ask, opened, said } = await inFrontOf(good);
    const answer = await ask('activate');
    expect(answer.body).toEqual({ session_id, tenant_id: TENANT, agent_id: AGENT, expires_at: iso });
    expect(opened).toEqual([activated]);
    expect(JSON.stringify(said)).not.toMatch(new RegExp(`${OPS_TOKEN}|rst_|pat_|${ASSERTION}`));
  });

  const echoes: readonly (readonly [string, RequestListener])[] = [
    ['all headers in the body', (req, res) => json(200, { ...activated, headers: req.headers })(req, res)],
    ['all headers as headers', (req, res) => json(200, activated, { 'x-echo': String(req.headers['x-argus-ops-token']), 'set-cookie': `t=${String(req.headers['x-argus-ops-token'])}` })(req, res)],
    ['the token in an error\'s title and hint', token((t) => json(403, { ...problem, title: t, hint: t, detail: t, type: t }))],
    ['the token as the request id', token((t) => json(403, { ...problem, request_id: t }))],
    ['the token among the problems', token((t) => json(422, { ...toProblem(deny('bad_request'), problem.request_id), problems: [t] }))],
    ['the token as the server\'s time', token((t) => json(403, { ...problem, server_time: t }))],
    ['the token as a code', token((t) => json(403, { ...problem, code: t }))],
    ['the token in a page', token((t) => (_req, res) => void res.writeHead(502, { 'content-type': 'text/html' }).end(`<h1>${t}</h1>`))],
    ['the token as a place to go', token((t) => (_req, res) => void res.writeHead(302, { location: `https://evil.example/${t}` }).end())],
    ['the token as an expiry', token((t) => json(201, { ...activated, expires_at: t }))],
  ];
  test.each(echoes)('of something that echoes %s holds none of it', async (_what, answer) => {
    const { ask, said, seen } = await inFrontOf(answer);
    const got = await ask('activate');
    expect(seen[0]?.headers['x-argus-ops-token']).toBe(OPS_TOKEN);
    expect(parts(got)).not.toContain(OPS_TOKEN);
    expect(parts(got)).not.toContain(session_token);
    expect(got.headers.get('set-cookie')).toBeNull();
    expect(got.headers.get('location')).toBeNull();
    expect(JSON.stringify(said)).not.toContain(OPS_TOKEN);
  });
  test('of something that puts a session token where a text belongs is withheld', async () => {
    const { ask, said } = await inFrontOf(json(200, { ...view, reason: `see ${session_token}` }));
    const got = await ask('status');
    expect(got.body['code']).toBe('internal');
    expect(parts(got)).not.toContain(session_token);
    expect(said.map(([, what]) => what)).toContain('answer_withheld');
  });
  test('of something that is not the ops API is said to be none', async () => {
    for (const answer of [json(200, { ok: true }), json(200, null), json(404, {}), json(500, 'x'), (_req, res) => void res.writeHead(204).end(), (_req, res) => void res.destroy()] satisfies RequestListener[]) {
      const { ask } = await inFrontOf(answer);
      expect(await ask('activate')).toMatchObject({ status: 502, body: { code: 'ops_api_unreachable' } });
    }
  });
  test('of a refusal under an id that we did not make is said to be none of ours', async () => {
    const { ask } = await inFrontOf(json(403, { ...problem, request_id: 'hunter2hunter2' }));
    const got = await ask('activate');
    expect(got.body['code']).toBe('ops_api_unreachable');
    expect(parts(got)).not.toContain('hunter2');
  });
  test('of a refusal is its code, in our own words, with its facts', async () => {
    const { ask } = await inFrontOf(json(429, { ...toProblem(deny('rate_limited'), problem.request_id), title: 'Hello <b>there</b>', retry_after_s: 30 }));
    const got = await ask('activate');
    expect(got.body).toEqual({ ...toProblem(deny('rate_limited'), problem.request_id), retry_after_s: 30 });
    expect([got.status, got.headers.get('retry-after'), got.headers.get('cache-control'), got.headers.get('x-content-type-options')]).toEqual([429, '30', 'no-store', 'nosniff']);
  });
});

test('a request from outside is refused the same way, whatever it is', async () => {
  const { ask, seen } = await inFrontOf(good, { access: { wayIn: () => undefined } });
  const answers = [
    await ask('activate'), await ask('status', { method: 'GET', body: undefined }), await ask('nothing'), await ask('activate', { headers: { origin: 'https://evil.example' } }),
    await ask('activate', { body: '{' }), await ask('activate', { headers: { 'content-type': 'text/plain' } }), await ask('/'),
  ];
  expect(new Set(answers.map(({ status, text }) => `${status} ${text.replace(/req_[a-z0-9]+/, '')}`)).size).toBe(1);
  expect(answers[0]?.body['code']).toBe('ip_not_allowlisted');
  expect(seen).toEqual([]);
});

/** Guarantee: what the ops API never hears of is told by the proxy, and a flood of it is told in a line a minute. */
test('refusals of its own are lines in its output with code and address, counted when they are many', async () => {
  const { ask, said, clock } = await inFrontOf(good, { access: { wayIn: (header) => (header === ASSERTION ? verified.wayIn(header) : undefined) } });
  for (let i = 0; i < 20; i++) await ask('activate', { headers: { 'cf-access-jwt-assertion': 'hunter2' } });
  await ask('activate', { headers: { origin: 'https://evil.example' } });
  await ask('activate', { body: '{' });
  const told = () => said.filter(([, what]) => what === 'not_relayed').map(([level, , { code, address, count } = {}]) => [level, code, address, count]);
  expect(told()).toEqual(['ip_not_allowlisted', 'foreign_origin', 'malformed_request'].map((code) => ['warn', code, '203.0.113.9', undefined]));
  await clock.advance(TELL_EVERY_MS);
  expect(told().slice(3)).toEqual([['warn', 'ip_not_allowlisted', '203.0.113.9', 19]]);
  expect(JSON.stringify(said)).not.toContain('hunter2');
});

/** Guarantee: nobody is in an operator network because the proxy stands in one. */
test.each(['', '127.0.0.9', 'unknown', '127.0.0.9, 127.0.0.1'])('with X-Forwarded-For %j the address is a proxy\'s, and nobody\'s network', async (from) => {
  const stepUp = async () => ({ confirmedAt: START, credential: { authorization: `Bearer ${PAT}` } });
  const { ask, seen } = await inFrontOf(good, { access: { wayIn: () => undefined }, operatorNetworks: networksOf(['0.0.0.0/0', '::/0']), stepUp });
  expect((await ask('activate', { from })).body['code']).toBe('ip_not_allowlisted');
  expect(seen).toEqual([]);
  expect((await ask('activate', { from: '10.1.2.3' })).status).toBe(200);
});

test.each(['', 'short', 'x'.repeat(31), `${'x'.repeat(31)} `, `${'x'.repeat(40)}\n`])('%j is no ops token to start with, and is not repeated in the error', (opsToken) => {
  const make = () => createAccessProxy({ opsToken } as Parameters<typeof createAccessProxy>[0]); // looked at first
  expect(make).toThrow(/ops token/);
  if (opsToken !== '') expect(make).not.toThrow(opsToken);
});

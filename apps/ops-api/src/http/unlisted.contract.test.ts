/**
 * What somebody at an unlisted address can find out: nothing. Over a real socket, on a real database, with every method,
 * body, header and version we could think of.
 */
import { testDatabase, type TestDatabase } from '@argus/testkit/postgres.ts';
import { METHODS } from 'node:http';
import { createConnection, type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPat } from '@argus/keys/secrets.ts';
import { createTestApi, INSIDE, OPS_TOKEN, OUTSIDE } from '../../test/api.ts';
import { AGENT, seededRandom, TENANT } from '../../test/sample.ts';
import { keepPat } from '../../test/tenants.ts';
import { postgresStores } from '../adapters/postgres/stores.ts';
import { openPool } from '../db/pools.ts';
import { PRESETS } from '../people/principal.ts';
import { networksOf } from './address.ts';
import { LADDER_ROUTES, ROUTES } from './routes.ts';

const random = seededRandom('unlisted');
const PAT = newPat(random);
let db: TestDatabase;
let pool: Pool;
const asked: string[] = []; // every text that went to PostgreSQL, on whatever connection

type Server = ReturnType<typeof createTestApi> & { readonly port: number };
let behindProxy: Server; // its only peer is a trusted proxy, which says where a request comes from
let onTheNet: Server; //    no proxy: the peer is the caller

async function serve(over: Parameters<typeof createTestApi>[0]): Promise<Server> {
  const made = createTestApi({ ...over, between: () => postgresStores(pool) });
  await made.http.listen({ host: '127.0.0.1', port: 0 });
  return { ...made, port: (made.http.server.address() as AddressInfo).port };
}

beforeAll(async () => {
  db = await testDatabase();
  pool = openPool({ connection: db.runtime, max: 4, say: () => undefined });
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: unknown[]) => {
      const [first] = args as [string | { text: string }];
      asked.push(typeof first === 'string' ? first : first.text);
      return query(...args);
    }) as typeof client.query;
  });
  behindProxy = await serve({ trustedProxies: networksOf(['127.0.0.0/8']) });
  await keepPat(behindProxy.api.ledger, PAT, PRESETS['admin-full']);
  onTheNet = await serve({ trustedProxies: networksOf([]) });
});
afterAll(async () => {
  await pool.end();
  await db.drop();
});

/** Everything that comes back until the connection is closed, without what differs from answer to answer by design. */
function knock(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = createConnection(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve(plain(Buffer.concat(chunks).toString('latin1'))));
    // The answer is there before we have sent all of it, and whatever comes after is not wanted.
    socket.on('error', (problem: NodeJS.ErrnoException) => (['ECONNRESET', 'EPIPE'].includes(problem.code ?? '') ? undefined : reject(problem)));
  });
}
const plain = (answer: string) => answer.replace(/^date: [^\r]+/im, 'date: DATE').replaceAll(/req_[a-z0-9]{20}/g, 'REQUEST');

const good = { authorization: `Bearer ${PAT}`, ops: OPS_TOKEN };
const SESSION = `rst_${'a'.repeat(43)}`;
const request = JSON.stringify({ tenant_id: TENANT, reason: 'investigate alert', minutes: 5, nonce: 'n'.repeat(22), timestamp: '2026-03-01T12:00:00.000Z' });
const json = 'Content-Type: application/json\r\n';
const sized = (type: string, body: string | Buffer, extra = '') => [`${type}${extra}Content-Length: ${Buffer.byteLength(body)}\r\n`, body] as const;
const chunked = (body: string) => [`${json}Transfer-Encoding: chunked\r\n`, `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`] as const;

const HEADERS: Readonly<Record<string, string>> = {
  nothing: '',
  'every factor': `Authorization: ${good.authorization}\r\nX-Argus-Ops-Token: ${good.ops}\r\nX-Argus-Session: ${SESSION}\r\n`,
  'a good PAT': `Authorization: ${good.authorization}\r\n`,
  'a PAT nobody has': `Authorization: Bearer ${newPat(random)}\r\n`,
  'a broken PAT': 'Authorization: Bearer pat_x\r\n',
  'another scheme': 'Authorization: Basic aHVudGVyMg==\r\n',
  'the ops token': `X-Argus-Ops-Token: ${good.ops}\r\n`,
  'a wrong ops token': `X-Argus-Ops-Token: ${'x'.repeat(40)}\r\n`,
  'the ops token twice': `X-Argus-Ops-Token: ${good.ops}\r\nX-Argus-Ops-Token: ${good.ops}\r\n`,
  'a session token': `X-Argus-Session: ${SESSION}\r\n`,
  cookies: 'Cookie: session=hunter2\r\n',
  'an origin': 'Origin: https://evil.example\r\nReferer: https://evil.example/\r\n',
  'a wish for another language, type and coding': 'Accept: text/html\r\nAccept-Language: de\r\nAccept-Encoding: gzip, br\r\n',
  'a wish for a part': 'Range: bytes=0-1\r\nIf-None-Match: "x"\r\n',
  'a wish to stay': 'Connection: keep-alive\r\nKeep-Alive: timeout=60\r\n',
  'an offer of another protocol': 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGVzdHRlc3R0ZXN0dGVzdA==\r\n',
  'an offer of HTTP/2': 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
  'other words for an address': 'X-Real-IP: 10.1.2.3\r\nForwarded: for=10.1.2.3\r\nCF-Connecting-IP: 10.1.2.3\r\nTrue-Client-IP: 10.1.2.3\r\nX-Client-IP: 10.1.2.3\r\n',
  'another method behind this one': 'X-HTTP-Method-Override: GET\r\n',
};
const BODIES: Readonly<Record<string, readonly [string, string | Buffer]>> = {
  none: ['', ''],
  'a good one': sized(json, request),
  'broken JSON': sized(json, '{"tenant_id":'),
  'no JSON at all': sized(json, '\0\x01\x02'),
  'another type': sized('Content-Type: application/xml\r\n', '<a/>'),
  'no type': sized('', request),
  'a compressed one': sized(json, gzipSync(request), 'Content-Encoding: gzip\r\n'),
  'a good one in chunks': chunked(request),
  'one too large, in chunks': chunked('x'.repeat(70_000)),
  'one too large': sized(json, 'x'.repeat(70_000)),
  'one that is announced and never comes': [`${json}Content-Length: 500\r\n`, ''],
  'one that waits to be asked for': [`${json}Content-Length: ${request.length}\r\nExpect: 100-continue\r\n`, ''],
  'one with an expectation nobody has': sized(json, request, 'Expect: the-unexpected\r\n'),
  'one with another request behind it': [`${json}Content-Length: ${request.length}\r\n`, `${request}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`],
};
const QUERIES: Readonly<Record<string, string>> = {
  none: '', 'the ops token': `?ops_token=${OPS_TOKEN}`, 'a PAT': `?x=${PAT}`, 'a wish': '?force=true&skip_consent=1', 'a broken one': '?%zz=%',
};

type Sent = { method?: string; version?: string; query?: string; headers?: string; body?: readonly [string, string | Buffer] };
const bytesOf = (path: string, { method = 'POST', version = '1.1', query = '', headers = '', body = ['', ''] }: Sent, from: string) =>
  Buffer.concat([Buffer.from(`${method} ${path}${query} HTTP/${version}\r\nHost: ops.argus.example\r\n${from}${headers}${body[0]}\r\n`), Buffer.from(body[1])]);

const matrix = (): readonly (readonly [string, Sent])[] => [
  ...METHODS.filter((method) => method !== 'CONNECT' && method !== 'HEAD').map((method) => [`method ${method}`, { method }] as const),
  ...METHODS.filter((method) => method !== 'CONNECT' && method !== 'HEAD').map((method) => [`method ${method} with everything`, { method, headers: HEADERS['every factor'] ?? '', body: BODIES['a good one'] ?? ['', ''] }] as const),
  ...Object.entries(QUERIES).map(([what, query]) => [`query: ${what}`, { query }] as const),
  ...['1.0', '1.1'].flatMap((version) =>
    Object.entries(HEADERS).flatMap(([h, headers]) => Object.entries(BODIES).map(([b, body]) => [`HTTP/${version}, headers: ${h}, body: ${b}`, { version, headers, body }] as const)),
  ),
];

const paths = LADDER_ROUTES.flatMap((name) => ['', '/v1'].map((prefix) => `${prefix}${ROUTES[name].path.replace(':agent', AGENT).replace(':tenant', TENANT)}`));
const unknown = ['/support/agents/agent_nobody/activate', '/support/agents/x/activate', '/support/tenants/NOBODY/command', '/support/tenants/x%00y/command'];
const viaProxy = `X-Forwarded-For: ${OUTSIDE}\r\n`;

/** Guarantee: byte for byte the same for good, bad and no credentials, and no credential is looked up. */
describe('from an unlisted address', () => {
  test.each(['behind a proxy', 'straight from the net'] as const)('%s, every ladder says the same to everything', async (where) => {
    const { port } = where === 'behind a proxy' ? behindProxy : onTheNet;
    const from = where === 'behind a proxy' ? viaProxy : '';
    asked.length = 0;
    const said = new Map<string, string>();
    for (const path of [...paths, ...unknown]) {
      const all = paths.includes(path) ? matrix() : [['plain', {}] as const];
      for (let at = 0; at < all.length; at += 50) {
        const some = all.slice(at, at + 50);
        const answers = await Promise.all(some.map(([, sent]) => knock(port, bytesOf(path, sent, from))));
        some.forEach(([what], i) => said.set(`${path}, ${what}`, answers[i] ?? ''));
      }
    }
    expect(said.size).toBeGreaterThan(2_000);
    const [one = ''] = said.values();
    expect([...said].filter(([, answer]) => answer !== one).map(([what, answer]) => `${what}\n${answer}`).slice(0, 3)).toEqual([]);
    expect(one).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(one).toContain('"code":"ip_not_allowlisted"');
    expect(asked.filter((text) => !text.includes('argus.log_') && !/^(BEGIN|COMMIT)/.test(text))).toEqual([]);
    expect(asked.filter((text) => /argus\.(pats|sessions|agents|tenants|nonces|enrollment_codes)/.test(text))).toEqual([]);
  });

  test('HEAD has the head of that answer and no body', async () => {
    const [withBody, head] = await Promise.all(['POST', 'HEAD'].map((method) => knock(behindProxy.port, bytesOf(paths[0] ?? '', { method }, viaProxy))));
    expect(head).toBe(`${withBody?.split('\r\n\r\n')[0] ?? ''}\r\n\r\n`);
  });

  test('all of that took a handful of entries: the first of each ladder, and one summary with the rest of them', async () => {
    for (const { api } of [behindProxy, onTheNet]) await api.close();
    const { rows } = await pool.query<{ action: string; ip: string; n: string | null }>(
      `SELECT action, ip, args->>'count' AS n FROM argus.remote_support_audit WHERE code = 'ip_not_allowlisted'`,
    );
    expect(rows.length).toBeLessThanOrEqual(2 * 2 * LADDER_ROUTES.length);
    const counted = rows.reduce((sum, { n }) => sum + Number(n ?? 1), 0);
    expect(counted).toBeGreaterThan(4_000);
    const { rows: events } = await pool.query<{ n: number }>(`SELECT count(*) AS n FROM argus.events WHERE type <> 'tripwire_fired'`);
    expect(events[0]?.n).toBe(rows.length + 1); // and the token that was made
    const { rows: fired } = await pool.query<{ n: number }>(`SELECT count(*) AS n FROM argus.events WHERE type = 'tripwire_fired'`);
    expect(fired[0]?.n).toBeLessThan(8); // thousands of knocks, told of together
  });
});

describe('from a listed address', () => {
  test('the same credential is looked up, so the counting above counts', async () => {
    const listed = await serve({ trustedProxies: networksOf(['127.0.0.0/8']) });
    asked.length = 0;
    const answer = await knock(listed.port, bytesOf(paths[0] ?? '', { headers: `${HEADERS['every factor'] ?? ''}Connection: close\r\n`, body: BODIES['a good one'] ?? ['', ''] }, `X-Forwarded-For: ${INSIDE}\r\n`));
    expect(answer).toContain('"code":"agent_not_found"');
    expect(asked.some((text) => text.includes('argus.pats'))).toBe(true);
    await listed.api.close();
  });

  test('a body that waits to be asked for is asked for, once', async () => {
    const listed = await serve({ trustedProxies: networksOf(['127.0.0.0/8']) });
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const head = `POST ${paths[0] ?? ''} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: ${INSIDE}\r\n${HEADERS['every factor'] ?? ''}${BODIES['one that waits to be asked for']?.[0] ?? ''}\r\n`;
      const socket = createConnection(listed.port, '127.0.0.1', () => socket.write(head));
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (text === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write(request);
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer.match(/100 Continue/g)).toHaveLength(1);
    expect(answer).toContain('"code":"agent_not_found"');
    await listed.api.close();
  });

  /** Guarantee: a proxy lends its own place in an operator network to nobody whose address it did not tell. */
  test('a caller that is itself our proxy is unlisted, and what it forwards is read from the right', async () => {
    const proxy = await serve({ trustedProxies: networksOf(['127.0.0.0/8', '10.1.9.0/24']), operatorNetworks: networksOf(['127.0.0.0/8', '10.1.0.0/16']) });
    const codeFor = async (forwarded: string) => {
      const from = forwarded === '' ? '' : `X-Forwarded-For: ${forwarded}\r\n`;
      return /"code":"(\w+)"/.exec(await knock(proxy.port, bytesOf(paths[0] ?? '', { headers: 'Connection: close\r\n' }, from)))?.[1];
    };
    for (const forwarded of ['', 'unknown', '127.0.0.9', '10.1.9.1', `${INSIDE}, ${OUTSIDE}`, `${INSIDE}, ${OUTSIDE}, 10.1.9.1`, `${INSIDE}, nonsense, 10.1.9.1`]) expect(await codeFor(forwarded), forwarded).toBe('ip_not_allowlisted');
    for (const forwarded of [INSIDE, `${OUTSIDE}, ${INSIDE}`, `${OUTSIDE}, ${INSIDE}, 10.1.9.1`]) expect(await codeFor(forwarded), forwarded).toBe('bad_ops_token');
    await proxy.api.close();
  });
});

import { deny, toProblem } from '@argus/protocol/errors.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { fakeFetch } from '../test/fake-fetch.ts';
import type { Fetch } from './client.ts';
import { download } from './download.ts';
import { logBundle, logExport } from './log-requests.ts';
import { probe } from './probe.ts';

const PAT = `pat_${'p'.repeat(43)}`;
const tenant = mustId('tenant', 'UTD_7ELEVEN_001');
const configOn = (fetch: Fetch) => ({ baseUrl: 'https://ops.example', pat: PAT, fetch, userAgent: 'test/1' });
const tar = { 'content-type': 'application/x-tar', 'content-length': '6' };
const never = new AbortController().signal;

async function take(fetch: Fetch) {
  const opened = await download(configOn(fetch), logBundle(tenant, { kind: 'period', from: 2, to: 5 }), never);
  if (!opened.ok) return opened;
  const seen: unknown[] = [];
  for await (const piece of opened.value.pieces) seen.push(piece.ok ? Buffer.from(piece.value).toString() : piece.error);
  return { length: opened.value.length, seen };
}

test('a download is handed on piece by piece, with the length that was announced', async () => {
  const sent: string[] = [];
  const body = () => new ReadableStream({ start: (c) => (c.enqueue(Buffer.from('abc')), c.enqueue(Buffer.from('def')), c.close()) });
  expect(await take(async (url, init) => (sent.push(`${init.method} ${url}`), new Response(body(), { headers: tar })))).toEqual({ length: 6, seen: ['abc', 'def'] });
  expect(sent).toEqual(['GET https://ops.example/v1/tenants/UTD_7ELEVEN_001/log/bundle?kind=period&from=2&to=5']);
  expect(logExport(tenant, { format: 'ocsf' }).path).toBe('/v1/tenants/UTD_7ELEVEN_001/log/export?format=ocsf');
});

test('one that breaks off ends with why, and never as if it were whole', async () => {
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(Buffer.from('abc'));
      controller.error(new TypeError('terminated', { cause: Object.assign(new Error('no'), { code: 'UND_ERR_SOCKET' }) }));
    },
  });
  const taken = await take(async () => new Response(body, { headers: tar }));
  expect(taken).toMatchObject({ length: 6, seen: expect.arrayContaining([{ kind: 'unreachable', why: 'broken_off', detail: 'UND_ERR_SOCKET' }]) });
});

test('a refusal is a refusal, and a page of somebody else is no download', async () => {
  expect(await take(fakeFetch(403, toProblem(deny('missing_role'), 'req_1')).fetch)).toMatchObject({ ok: false, error: { kind: 'refused', code: 'missing_role' } });
  expect(await take(fakeFetch(200, '<html>').fetch)).toEqual({ ok: false, error: { kind: 'unreadable', status: 200 } });
  expect(await take(fakeFetch(302, '').fetch)).toEqual({ ok: false, error: { kind: 'unreadable', status: 302 } });
});

test('a probe carries no credential, and a server that is not ready is an answer', async () => {
  const parts = [{ part: 'database', says: 'away', ok: false, since: '2026-03-01T12:00:00.000Z' }];
  const { fetch, sent } = fakeFetch(503, { parts });
  expect(await probe(configOn(fetch))).toEqual({ ok: true, value: { ready: false, parts, serverTime: null } });
  expect([sent[0]?.url, sent[0]?.headers]).toEqual(['https://ops.example/readyz', { accept: 'application/json', 'user-agent': 'test/1' }]);
  const dated: Fetch = async () => new Response(JSON.stringify({ parts }), { headers: { date: 'Sun, 01 Mar 2026 12:00:00 GMT' } });
  expect(await probe(configOn(dated))).toMatchObject({ ok: true, value: { ready: true, serverTime: Date.UTC(2026, 2, 1, 12) } });
  expect(await probe(configOn(fakeFetch(200, '<html>').fetch))).toEqual({ ok: false, error: { kind: 'unreadable', status: 200 } });
});

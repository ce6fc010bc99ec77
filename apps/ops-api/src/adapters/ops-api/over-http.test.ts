import { manualClock, settle } from '@argus/kit/clock.ts';
import type { RequestListener } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { onLoopback } from '../../../test/access.ts';
import { ANSWER_BYTES_MAX, CALL_TIMEOUT_MS, opsApiAt } from './over-http.ts';

const world = () => ({ fetch, clock: manualClock(0) });
const request = { method: 'POST', path: '/v1/support/sessions/x/deactivate', headers: { 'x-argus-ops-token': 'the token' }, body: '{"a":1}' } as const;

async function api(answer: RequestListener) {
  const { address, close } = await onLoopback(answer);
  onTestFinished(close);
  const made = world();
  return { ...opsApiAt(address, made), clock: made.clock, address };
}

/** Guarantee: the ops token travels over TLS, or does not leave this machine. */
test.each(['http://ops.argus.example', 'http://10.0.0.1', 'http://0.0.0.0', 'http://127.0.0.1.evil.example', 'http://127.evil.example', 'http://127.0.0.1@evil.example', 'http://localhost.evil.example', 'https://user:x@ops.argus.example', 'https://ops.argus.example/path', 'https://ops.argus.example/?q', 'https://ops.argus.example/#f', 'ftp://127.0.0.1', 'not a url', ''])('%j is no ops API', (url) => {
  expect(() => opsApiAt(url, world())).toThrow(TypeError);
});
test.each(['https://ops.argus.example', 'https://ops.argus.example:8443', 'http://127.0.0.1:8443', 'http://[::1]:8443', 'http://localhost:1/'])('%s is one', (url) => {
  expect(() => opsApiAt(url, world())).not.toThrow();
});

test('a call is what it was given, and its answer comes back as it is', async () => {
  const seen: unknown[] = [];
  const { call } = await api((req, res) => {
    let body = '';
    req.on('data', (chunk) => (body += String(chunk))).on('end', () => {
      seen.push([req.method, req.url, req.headers['x-argus-ops-token'], body]);
      res.writeHead(403).end('{"code":"x"}');
    });
  });
  expect(await call(request)).toEqual({ ok: true, value: { status: 403, text: '{"code":"x"}' } });
  expect(seen).toEqual([['POST', request.path, 'the token', '{"a":1}']]);
});

/** Guarantee: nobody is sent our headers because somebody else says so. */
test.each([301, 302, 307, 308])('a redirect (%i) is an answer and is not followed', async (status) => {
  const carried: unknown[] = [];
  const { address: elsewhere, close } = await onLoopback((req, res) => { carried.push(req.headers); res.end('{}'); });
  onTestFinished(close);
  const { call } = await api((_req, res) => res.writeHead(status, { location: `${elsewhere}/` }).end());
  expect(await call(request)).toMatchObject({ ok: true, value: { status } });
  expect(carried).toEqual([]);
});

test('an answer without end, and one that never comes, are given up', async () => {
  const endless = await api((_req, res) => { const more = () => { while (!res.destroyed && res.write(Buffer.alloc(65_536))); }; res.on('drain', more); more(); });
  expect(await endless.call(request)).toEqual({ ok: false, error: `more than ${ANSWER_BYTES_MAX} bytes` });
  let arrived = () => {};
  const here = new Promise<void>((resolve) => (arrived = resolve));
  const silent = await api(() => arrived());
  const calling = silent.call(request);
  await here;
  await settle();
  await silent.clock.advance(CALL_TIMEOUT_MS);
  expect(await calling).toEqual({ ok: false, error: `no answer within ${CALL_TIMEOUT_MS} ms` });
});

/** Guarantee: what went wrong is told without the headers that went with it. */
test('a header that cannot be sent is not repeated in the error', async () => {
  const { call } = await api((_req, res) => res.end());
  const answer = await call({ ...request, headers: { 'x-argus-ops-token': 'hunter2\nhunter2' } });
  expect(answer.ok).toBe(false);
  expect(JSON.stringify(answer)).not.toContain('hunter2');
});

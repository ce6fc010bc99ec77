import { manualClock, settle } from '@argus/kit/clock.ts';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { certsOf, localTeam, newSigner, TEAM_DOMAIN } from '../../../test/access.ts';
import { CERTS_BYTES_MAX, CERTS_TIMEOUT_MS, teamCerts } from './team-certs.ts';

const certs = certsOf(newSigner('key-1'));

async function team(answer: RequestListener) {
  const { fetch, asked, close } = await localTeam(answer);
  onTestFinished(close);
  const clock = manualClock(0);
  return { clock, asked, jwks: teamCerts(TEAM_DOMAIN, { fetch, clock }) };
}

test('the keys are asked of the team, at its own address, over https', async () => {
  const paths: string[] = [];
  const { jwks, asked } = await team((req, res) => { paths.push(`${req.method} ${req.url}`); res.end(certs); });
  expect(await jwks.fetch()).toEqual({ ok: true, value: certs });
  expect(asked).toEqual(['https://argus-tests.cloudflareaccess.com/cdn-cgi/access/certs']);
  expect(paths).toEqual(['GET /cdn-cgi/access/certs']);
});

/** Guarantee: nobody but the team itself says which keys are the team's. */
test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed', async (status) => {
  const seen: string[] = [];
  const { jwks } = await team((req, res) => {
    seen.push(req.url ?? '');
    if (req.url === '/elsewhere') res.end(certs);
    else res.writeHead(status, { location: '/elsewhere' }).end(certs);
  });
  expect(await jwks.fetch()).toEqual({ ok: false, error: `status ${status}` });
  expect(seen).toEqual(['/cdn-cgi/access/certs']);
});

test.each([201, 204, 400, 403, 404, 500, 503])('status %i is no key set, whatever comes with it', async (status) => {
  const { jwks } = await team((_req, res) => res.writeHead(status).end(status === 204 ? '' : certs));
  expect(await jwks.fetch()).toEqual({ ok: false, error: `status ${status}` });
});

const tooMuch = Buffer.alloc(CERTS_BYTES_MAX + 1, 0x20);
test.each<[string, RequestListener]>([
  ['said to be so', (_req, res) => res.writeHead(200, { 'content-length': tooMuch.length }).end(tooMuch)],
  ['in pieces', (_req, res) => { for (let i = 0; i < 17; i++) res.write(tooMuch.subarray(0, 4_096)); res.end(); }],
  ['without end', (_req, res) => { const more = () => { while (!res.destroyed && res.write(tooMuch)); }; res.on('drain', more); more(); }],
  ['packed small', (_req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000)))],
])('an answer that is too large, %s, is dropped', async (_how, answer) => {
  const { jwks } = await team(answer);
  expect(await jwks.fetch()).toEqual({ ok: false, error: `more than ${CERTS_BYTES_MAX} bytes` });
});

test.each<[string, RequestListener]>([
  ['never comes', () => undefined],
  ['begins and never ends', (_req, res) => void res.write('{"keys":[')],
])('an answer that %s is given up', async (_how, answer) => {
  let arrived = () => {};
  const here = new Promise<void>((resolve) => (arrived = resolve));
  const { jwks, clock } = await team((req, res) => { answer(req, res); arrived(); });
  const fetching = jwks.fetch();
  await here;
  await settle();
  await clock.advance(CERTS_TIMEOUT_MS - 1);
  const early = await Promise.race([fetching, settle().then(() => 'waiting')]);
  expect(early).toBe('waiting');
  await clock.advance(1);
  expect(await fetching).toEqual({ ok: false, error: `no answer within ${CERTS_TIMEOUT_MS} ms` });
});

test('a line that breaks, and a team that is not there, are answers too', async () => {
  const { jwks } = await team((_req, res) => void res.destroy());
  expect(await jwks.fetch()).toMatchObject({ ok: false });
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const { port } = gone.address() as AddressInfo;
  await new Promise((closed) => gone.close(closed));
  const nowhere = teamCerts(TEAM_DOMAIN, { clock: manualClock(0), fetch: (_url, init) => fetch(`http://127.0.0.1:${port}/`, init) });
  expect(await nowhere.fetch()).toEqual({ ok: false, error: 'ECONNREFUSED' });
});

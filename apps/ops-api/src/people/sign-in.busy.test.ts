/** Many sign in at once, over real sockets, and nobody else waits for them. */
import { systemClock, type ManualClock } from '@argus/kit/clock.ts';
import { patiently } from '@argus/testkit/patience.ts';
import { Agent, get, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createTestApi } from '../../test/api.ts';
import { PASSWORD, withPassword } from '../../test/people.ts';
import { AT_ONCE, WAITING_MAX } from './passwords.ts';

const MANY = 50;
const P99_MS = 50;
/** Dear enough to be many seconds of work, cheap enough for every run. */
const COST = { n: 8_192, r: 8, p: 1 };

/** Guarantee: fifty sign-ins at once, and every other request is answered as if there were none. */
test('fifty sign-ins at once: each is answered, and another route goes on as before', async () => {
  const api = createTestApi({ clock: systemClock as ManualClock, people: { passwordCost: COST } }); // nobody moves this one
  const keep = new Agent({ keepAlive: true });
  try {
    await withPassword(api, { email: 'ana@argus.example', role: 'viewer' }, PASSWORD, COST);
    await api.http.listen({ host: '127.0.0.1', port: 0 });
    const { port } = api.http.server.address() as AddressInfo;
    const body = (email: string) => JSON.stringify({ email, password: PASSWORD });
    const signIn = (i: number) =>
      new Promise<number>((resolve, reject) => {
        const req = request({ port, host: '127.0.0.1', method: 'POST', path: '/v1/auth/sign-in', headers: { 'content-type': 'application/json', 'x-forwarded-for': `198.51.100.${i}` } }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode ?? 0)));
        req.on('error', reject).end(body(i % 2 === 0 ? 'ana@argus.example' : `nobody${i}@argus.example`));
      });
    const look = () =>
      new Promise<number>((resolve, reject) => {
        const began = performance.now();
        get({ port, host: '127.0.0.1', path: '/healthz', agent: keep }, (answer) => answer.resume().on('end', () => resolve(performance.now() - began))).on('error', reject);
      });
    for (let i = 0; i < 50; i++) await look();
    const left = new Set(Array.from({ length: MANY }, (_, i) => i));
    const signingIn = Promise.all([...left].map((i) => signIn(i).finally(() => left.delete(i))));
    const took: number[] = [];
    while (left.size > 0) took.push(await look());
    const codes = await signingIn;
    took.sort((a, b) => a - b);
    const p99 = took[Math.floor(took.length * 0.99)] ?? Number.NaN;
    process.stdout.write(`sign-ins at once: ${MANY} (${codes.filter((code) => code === 429).length} told to come back); GET /healthz meanwhile: ${took.length} times, p50 ${took[took.length >> 1]?.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms\n`);
    expect(codes.every((code) => [200, 401, 429].includes(code))).toBe(true);
    expect(codes.filter((code) => code !== 429).length).toBeGreaterThanOrEqual(AT_ONCE + WAITING_MAX);
    expect(p99).toBeLessThan(patiently(P99_MS));
  } finally {
    keep.destroy();
    await api.api.close();
  }
});

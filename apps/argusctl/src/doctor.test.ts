import type { Fetch } from '@argus/client/client.ts';
import { manualClock } from '@argus/kit/clock.ts';
import { deny, ERRORS, toProblem } from '@argus/protocol/errors.ts';
import { describe, expect, test } from 'vitest';
import { readyWorld } from '../../../flow/ready-world.ts';
import { AGENT, TENANT } from '../../../flow/world.ts';
import { fetchInto } from '../test/world-fetch.ts';
import { LOGGED_IN, OPS_TOKEN, run, START } from '../test/run.ts';
import { addressSeen, worstOf, type Found } from './doctor.ts';

const SCOPES = ['tenants:read', 'remote_support', 'logs:read', 'pats:write'];
type Server = { ready?: boolean; offS?: number; scopes?: readonly string[]; days?: number; me?: number };
/** Answers each question by its path. */
const server =
  ({ ready = true, offS = 0, scopes = SCOPES, days = 30, me = 200 }: Server = {}): Fetch =>
  async (url) => {
    const at = (ms: number) => new Date(ms).toISOString();
    const row = { token_id: `tok_${'k'.repeat(20)}`, name: 'x', operator: 'ana@argus.example', scopes: [], tenants: 'all', made_by: null, created_at: at(START), expires_at: at(START + days * 86_400_000), last_used_at: null, revoked_at: null };
    const answers: Readonly<Record<string, unknown>> = {
      '/readyz': { parts: [{ part: 'database', says: ready ? 'here' : 'away', ok: ready, since: at(START) }] },
      '/v1/operators/me': me === 200 ? { operator: 'ana@argus.example', token_id: row.token_id, scopes, tenants: 'all' } : toProblem(deny('unauthenticated'), 'req_1'),
      '/v1/pats': { pats: [row] },
      '/v1/audit-log': { rows: [], next_cursor: null },
      '/v1/support-audit': { rows: [], next_cursor: null },
    };
    const { pathname } = new URL(url);
    const status = pathname === '/readyz' && !ready ? 503 : pathname === '/v1/operators/me' ? me : 200;
    return new Response(JSON.stringify(answers[pathname]), { status, headers: { date: new Date(START - offS * 1_000).toUTCString() } });
  };
const wall: Fetch = async () => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) });
};
const doctor = async (given: Server | null, env: Record<string, string> = LOGGED_IN) => {
  const ran = await run(['doctor', '--json'], { env, clock: manualClock(START), fetch: given ? server(given) : wall });
  const { found } = JSON.parse(ran.stdout) as { found: readonly Found[] };
  return { ...ran, of: (check: string) => found.find((one) => one.check === check) };
};

test('nothing in the way: 0, and what cannot be known is said to be so', async () => {
  const { exit, of } = await doctor({});
  expect(exit).toBe(0);
  for (const check of ['network', 'TLS', 'server', 'clock', 'token', 'expiry', 'scopes']) expect(of(check)?.state, check).toBe('ok');
  expect([of('address')?.state, of('ops token')?.state]).toEqual(['not known', 'not known']);
});

test.each<[string, string, Server | null, Record<string, string>, number, Found['state']]>([
  ['a server that is not there', 'network', null, LOGGED_IN, 100, 'in the way'],
  ['a server that is not ready', 'server', { ready: false }, LOGGED_IN, 124, 'attention'],
  ['a clock a little off', 'clock', { offS: 20 }, LOGGED_IN, 124, 'attention'],
  ['a clock far off', 'clock', { offS: -90 }, LOGGED_IN, ERRORS.stale_request.exit, 'in the way'],
  ['no token', 'token', {}, { ARGUS_OPS_TOKEN: OPS_TOKEN }, ERRORS.unauthenticated.exit, 'in the way'],
  ['a token nobody knows', 'token', { me: 401 }, LOGGED_IN, ERRORS.unauthenticated.exit, 'in the way'],
  ['a token that opens no session', 'scopes', { scopes: ['tenants:read'] }, LOGGED_IN, 124, 'attention'],
  ['a token that expires in days', 'expiry', { days: 3 }, LOGGED_IN, 124, 'attention'],
  ['no ops token', 'ops token', {}, { ARGUS_PAT: LOGGED_IN.ARGUS_PAT }, 124, 'attention'],
])('%s: said, with what to do, and the exit code says so', async (_what, check, given, env, exit, state) => {
  const ran = await doctor(given, env);
  expect([ran.exit, ran.of(check)?.state]).toEqual([exit, state]);
  expect(ran.of(check)?.next).toMatch(/\S{3}/);
});

/** An attempt from a wrong address is an alarm, so none is made to find out. */
test('the address is judged by what is on record, and nothing is tried for it', async () => {
  const { world, admin } = await readyWorld();
  const look = async (from: string, env: Record<string, string> = {}) => {
    const ran = await run(['doctor'], { env: { ARGUS_PAT: admin, ARGUS_OPS_TOKEN: OPS_TOKEN, ...env }, fetch: fetchInto(world, from), clock: world.clock });
    expect(ran.sent.filter((line) => !line.startsWith('GET '))).toEqual([]);
    return ran.stdout;
  };
  await look('10.1.2.3');
  expect(await look('10.1.2.3')).toMatch(/address +not known .*10\.1\.2\.3, and nobody tried/);
  await world.activate(admin);
  expect(await look('10.1.2.3')).toMatch(/address +ok .*10\.1\.2\.3, which was let through on 2026-03-01/);
  await world.call(`/support/agents/${AGENT}/activate`, { pat: admin, body: { tenant_id: TENANT }, from: '198.51.100.9' });
  await look('198.51.100.9');
  expect(await look('198.51.100.9')).toMatch(/address +in the way .*198\.51\.100\.9, which was refused/);
});

describe('of what is on record from my address, the newest counts', () => {
  const row = (code: string | null, ip = '10.0.0.1', gates: string[] = []) => ({ ip, code, gates_passed: gates, at: '2026-03-01T12:00:00.000Z' });
  test.each<[string, Parameters<typeof addressSeen>[1], Found['state']]>([
    ['refused, then let through', [row('agent_offline', '10.0.0.1', ['network']), row('ip_not_allowlisted')], 'ok'],
    ['let through, then refused', [row('ip_not_allowlisted'), row(null, '10.0.0.1', ['network'])], 'in the way'],
    ['somebody else was refused', [row('ip_not_allowlisted', '10.0.0.2')], 'not known'],
  ])('%s', (_what, rows, state) => expect(addressSeen('10.0.0.1', rows, 'ask').state).toBe(state));
});

test('the worst decides, and of equals the first', () => {
  const found = (state: Found['state'], exit: number): Found => ({ check: 'x', state, says: '', next: null, exit });
  expect(worstOf([found('attention', 124), found('in the way', 14), found('in the way', 9)])).toBe(14);
  expect(worstOf([found('ok', 0), found('not known', 0)])).toBe(0);
});

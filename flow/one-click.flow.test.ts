/** A person's page, the access proxy in the very same server, and a real agent behind it: one click opens a session, and lends nobody the ops token. */
import { settle } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { headersOf, makePerson, signedIn } from '../apps/ops-api/test/people.ts';
import type { Role } from '../apps/ops-api/src/people/roles.ts';
import { accessOf, OUTSIDE, vouchedFor } from './from-outside.ts';
import { readyWorld } from './ready-world.ts';
import { AGENT, OPS_TOKEN, TENANT, type WorldOptions } from './world.ts';

const PAGE = { host: 'ops.argus.example', origin: 'http://ops.argus.example', 'content-type': 'application/json' };
type Sent = { readonly headers?: Readonly<Record<string, string>>; readonly from?: string };

async function ready(options: WorldOptions = {}) {
  const { world, machine } = await readyWorld({ oneClick: true, ...options });
  const test = { api: world.api, memory: world.stores, clock: world.clock };
  async function as(email: string, { role = 'operator', isConfirmed = true }: { role?: Role; isConfirmed?: boolean } = {}) {
    const { secret } = await signedIn(test, await makePerson(test, { email, role }), { isConfirmed });
    const own = { ...PAGE, ...headersOf(secret) };
    async function click(action: string, body: object, { headers = {}, from }: Sent = {}) {
      const answering = world.call(`/console/support/${action}`, { headers: { ...own, ...headers }, body, ...(from !== undefined && { from }) });
      await settle();
      return answering;
    }
    return { own, click, open: (sent: Sent = {}) => click('activate', { agent_id: AGENT, ...world.activation() }, sent) };
  }
  const refused = () => world.stores.rows('operator').map((row) => row.audit).flatMap(({ action, code, operator }) => (action === 'remote_support_activation' && code !== 'tenant_not_armed' ? [[operator, code]] : []));
  return { world, machine, as, refused };
}

/** Guarantee: the page gets a session bound to its sign-in, and nothing that opens anything. */
test('a confirmed person in an operator network opens, looks at and ends a session by clicking', async () => {
  const { world, as, machine } = await ready();
  const ana = await as('ana@argus.example');
  expect((await world.call('/v1/auth/login', { method: 'GET', headers: ana.own })).body).toMatchObject({ one_click: true });
  const opened = await ana.open();
  expect([opened.status, Object.keys(opened.body).toSorted()]).toEqual([201, ['agent_id', 'expires_at', 'session_id', 'tenant_id']]);
  expect(machine.shown.at(-1)).toMatchObject({ operator: 'ana@argus.example' });
  expect((await world.call(`/support/tenants/${TENANT}/command`, { headers: ana.own, body: { command: 'ping' } })).status).toBe(200);
  const { session_id } = opened.body;
  expect(await ana.click('status', { session_id })).toMatchObject({ status: 200, body: { state: 'active' } });
  const ended = await ana.click('deactivate', { session_id });
  expect(ended).toMatchObject({ status: 200, body: { state: 'ended' } });
  expect(JSON.stringify([opened, ended])).not.toContain(OPS_TOKEN);
});

test('the gates are explained to them, and nothing is opened by it', async () => {
  const { world, as, machine } = await ready();
  const ana = await as('ana@argus.example');
  const { body, status } = await ana.click('explain', { agent: AGENT, ...world.activation() });
  expect([status, body['would_pass'], (body['gates'] as { gate: string }[]).map(({ gate }) => gate)[1]]).toEqual([200, true, 'ops_token']);
  expect(machine.shown).toEqual([]);
});

/** Guarantee: each of these lacks a factor, and the server's ops token makes it good for none of them. */
test.each<[string, string, (world: Awaited<ReturnType<typeof ready>>) => Promise<{ readonly body: Record<string, unknown> }>]>([
  ['has not confirmed', 'step_up_required', async ({ as }) => (await as('eve@argus.example', { isConfirmed: false })).open()],
  ['sits elsewhere', 'ip_not_allowlisted', async ({ as }) => (await as('eve@argus.example')).open({ from: OUTSIDE })],
  ['does not send the token of the page', 'csrf_refused', async ({ as }) => (await as('eve@argus.example')).open({ headers: { 'x-argus-csrf': 'csr_none' } })],
  ['comes from another page', 'foreign_origin', async ({ as }) => (await as('eve@argus.example')).open({ headers: { origin: 'https://evil.example' } })],
  ['comes from another site, as the browser says', 'foreign_origin', async ({ as }) => (await as('eve@argus.example')).open({ headers: { 'sec-fetch-site': 'cross-site' } })],
  ['has no sign-in', 'step_up_required', async ({ as }) => (await as('eve@argus.example')).open({ headers: { cookie: '' } })],
  ['has a token and no sign-in', 'step_up_required', async ({ as, world }) => (await as('eve@argus.example')).open({ headers: { cookie: '', authorization: `Bearer ${await world.newToken(['remote_support'])}` } })],
  ['may only look', 'missing_role', async ({ as }) => (await as('eve@argus.example', { role: 'viewer' })).open()],
  ['names a door that is not one of the four', 'not_found', async ({ as, world }) => (await as('eve@argus.example', { role: 'owner' })).click('revoke', { agent_id: AGENT, ...world.revocation() })],
])('nobody opens anything who %s', async (_, code, tries) => {
  const all = await ready();
  expect((await tries(all)).body['code']).toBe(code);
  expect(all.machine.shown).toEqual([]);
});

test('a confirmation counts for five minutes', async () => {
  const { world, as } = await ready();
  const ana = await as('ana@argus.example');
  await world.clock.advance(5 * 60_000 + 1);
  expect((await ana.open()).body['code']).toBe('step_up_required');
});

/** Guarantee: from outside, who was vouched for is who is signed in, and has confirmed it; in the office too. */
test.each([OUTSIDE, '10.1.2.3'])('from %s an assertion opens for its own sign-in, once that is confirmed, and for no other', async (from) => {
  const { as, refused } = await ready({ access: accessOf });
  const [ana, eve, anna] = [await as('ana@argus.example'), await as('eve@argus.example'), await as('anna@argus.example', { isConfirmed: false })];
  expect((await eve.open({ from, headers: vouchedFor('ana@argus.example') })).body['code']).toBe('identity_mismatch');
  expect((await anna.open({ from, headers: vouchedFor('anna@argus.example') })).body['code']).toBe('step_up_required');
  expect(refused()).toEqual([['eve@argus.example', 'identity_mismatch'], ['anna@argus.example', 'step_up_required']]);
  expect((await ana.open({ from, headers: vouchedFor('ana@argus.example') })).status).toBe(201);
});

test('where it is not switched on there is no such door, and pages are told', async () => {
  const { world, as } = await ready({ oneClick: false });
  const ana = await as('ana@argus.example');
  expect((await ana.open()).status).toBeGreaterThanOrEqual(404);
  expect((await world.call('/v1/auth/login', { method: 'GET', headers: ana.own })).body).toMatchObject({ one_click: false });
});

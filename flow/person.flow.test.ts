/** A person in a browser, from signing in to a command on a machine: no token of any kind on the way. */
import { settle } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { headersOf, makePerson, signedIn } from '../apps/ops-api/test/people.ts';
import type { Role } from '../apps/ops-api/src/people/roles.ts';
import { readyWorld } from './ready-world.ts';
import { AGENT, OPS_TOKEN, TENANT } from './world.ts';

async function ready() {
  const { world, admin, machine } = await readyWorld();
  const test = { api: world.api, memory: world.stores, clock: world.clock };
  let people = 0;
  async function as(role: Role, { isConfirmed = true } = {}) {
    const email = `${role}${people++}@argus.example`;
    const user = await makePerson(test, { email, role });
    const { login, secret } = await signedIn(test, user, { isConfirmed });
    const headers = { ...headersOf(secret), 'x-argus-ops-token': OPS_TOKEN }; // as the console's proxy adds it
    return {
      email, user, login,
      async activate(over: Record<string, unknown> = {}) {
        const answering = world.call(`/support/agents/${AGENT}/activate`, { headers, body: world.activation(over) });
        await settle();
        return answering;
      },
      command: (body: Record<string, unknown> = { command: 'ping' }, more: Record<string, string> = {}) => world.call(`/support/tenants/${TENANT}/command`, { headers: { ...headers, ...more }, body }),
      ask: (path: string, body: object = {}, method: 'POST' | 'DELETE' = 'POST') => world.call(path, { headers, body, method }),
    };
  }
  return { world, admin, machine, as };
}

/** Guarantee: a session opened in a browser is bound to that sign-in, and no secret of it reaches the browser. */
test('a person opens a session and runs commands in it; no session token is given out', async () => {
  const { world, as } = await ready();
  const ana = await as('operator');
  const opened = await ana.activate();
  expect([opened.status, Object.keys(opened.body)]).toEqual([201, ['session_id', 'tenant_id', 'agent_id', 'expires_at']]);
  expect(await ana.command()).toMatchObject({ status: 200, body: { result: { version: '1.4.0' } } });
  expect((await ana.command({ command: 'ping', agent_id: AGENT })).status).toBe(200);
  expect((await ana.command({ command: 'ping', agent_id: 'agent_of_nobody' })).body['code']).toBe('session_not_found');
  const entries = world.stores.rows(TENANT).map((row) => row.audit).filter((row) => row.action === 'remote_support_activation');
  expect(entries.map((row) => [row.operator, row.args?.['login']])).toEqual([[ana.email, ana.login], [ana.email, ana.login]]);
});

test('without a second factor a moment ago nobody opens anything, and it is on record who tried', async () => {
  const { world, as } = await ready();
  const ana = await as('operator', { isConfirmed: false });
  expect((await ana.activate()).body['code']).toBe('step_up_required');
  expect(world.stores.rows('operator').map((row) => row.audit).findLast((row) => row.action === 'remote_support_activation')).toMatchObject({ operator: ana.email, code: 'step_up_required', gates_passed: ['network', 'ops_token', 'credential', 'identity', 'enabled', 'request', 'fresh'] });
  const late = await as('operator');
  await world.clock.advance(5 * 60_000 + 1);
  expect((await late.activate()).body['code']).toBe('step_up_required');
  expect((await world.call(`/support/agents/${AGENT}/revoke`, { headers: { ...headersOf('lgs_none'), 'x-argus-ops-token': OPS_TOKEN }, body: world.revocation() })).body['code']).toBe('missing_role');
  expect((await late.ask(`/support/agents/${AGENT}/revoke`, world.revocation())).body['code']).toBe('step_up_required');
});

test('nobody else uses it: not another sign-in of the same person, not a token in their name, not with a token beside it', async () => {
  const { world, as } = await ready();
  const ana = await as('operator');
  await ana.activate();
  const again = await signedIn({ api: world.api, memory: world.stores, clock: world.clock }, ana.user, { isConfirmed: true });
  const elsewhere = await world.call(`/support/tenants/${TENANT}/command`, { headers: headersOf(again.secret), body: { command: 'ping' } });
  expect(elsewhere.body['code']).toBe('session_not_found');
  const pat = await world.newToken(['remote_support'], null, ana.email);
  expect((await world.call(`/support/tenants/${TENANT}/command`, { pat, body: { command: 'ping' } })).body['code']).toBe('session_not_found');
  expect((await ana.command({ command: 'ping' }, { authorization: `Bearer ${pat}` })).body['code']).toBe('session_not_found');
  expect((await ana.command({ command: 'ping' }, { 'x-argus-session': `rst_${'z'.repeat(43)}` })).body['code']).toBe('session_not_found');
  expect((await (await as('viewer')).command()).body['code']).toBe('missing_role');
});

/** Guarantee: with a sign-in goes everything it opened, on the machine too. */
test.each(['signs out', 'is removed', 'is signed out by an owner'])('a session ends when the person who opened it %s', async (how) => {
  const { world, as, machine } = await ready();
  const [ana, owner] = [await as('operator'), await as('owner')];
  const { body } = await ana.activate();
  expect(machine.shown.at(-1)).not.toBeNull();
  const done =
    how === 'signs out' ? await ana.ask('/v1/auth/sign-out')
    : how === 'is removed' ? await owner.ask(`/v1/users/${ana.user.id}`, { reason: 'left us' }, 'DELETE')
    : await owner.ask(`/v1/users/${ana.user.id}/logins`, { reason: 'a lost laptop' }, 'DELETE');
  expect(done.status).toBe(200);
  await settle();
  expect(machine.shown.at(-1)).toBeNull();
  expect(await world.stores.sessions.byId(body['session_id'] as never)).toMatchObject({ state: 'ended', endedBy: 'deactivate' });
  expect((await ana.command()).body['code']).toBe('missing_role');
});

import { isoTime, settle } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { revokeLadder } from '../apps/ops-api/src/gates/revoke.ts';
import { makePerson, signedIn } from '../apps/ops-api/test/people.ts';
import { readyWorld } from './ready-world.ts';
import { AGENT, OPS_TOKEN, TENANT, type Answer } from './world.ts';

type Ready = Awaited<ReturnType<typeof readyWorld>>;
const path = `/support/agents/${AGENT}/revoke`;
const headers = { 'x-argus-ops-token': OPS_TOKEN };

/** gate → what is wrong with an otherwise good request → status and code, through the whole server. */
const broken: Record<string, [(w: Ready) => Promise<Answer>, number, string]> = {
  network: [({ world, admin }) => world.call(path, { pat: admin, headers, body: world.revocation(), from: '203.0.113.9' }), 403, 'ip_not_allowlisted'],
  ops_token: [({ world, admin }) => world.call(path, { pat: admin, headers: { 'x-argus-ops-token': 'x'.repeat(40) }, body: world.revocation() }), 403, 'bad_ops_token'],
  credential: [async ({ world }) => world.revoke(await world.newToken(['remote_support:arm', 'agents:enroll', 'tenants:write'])), 403, 'missing_role'],
  enabled: [
    async () => {
      const off = await readyWorld({ enabled: false });
      return off.world.revoke(off.admin);
    },
    403,
    'remote_support_disabled',
  ],
  request: [({ world, admin }) => world.revoke(admin, { confirm: false }), 422, 'bad_request'],
  fresh: [({ world, admin }) => world.revoke(admin, { timestamp: isoTime(world.clock.now() - 60_001) }), 403, 'stale_request'],
  step_up: [
    async ({ world }) => {
      const test = { api: world.api, memory: world.stores, clock: world.clock };
      const { headers: person } = await signedIn(test, await makePerson(test, { email: 'ana@argus.example', role: 'operator' }));
      return world.call(path, { headers: { ...headers, ...person }, body: world.revocation() });
    },
    403,
    'step_up_required',
  ],
  agent: [({ world, admin }) => world.revoke(admin, {}, 'agent_nobody_knows'), 404, 'agent_not_found'],
  nonce: [
    async ({ world, admin }) => {
      const { nonce } = world.activation();
      const answer = await world.activate(admin, { nonce });
      await world.call(`/support/sessions/${String(answer.body['session_id'])}/deactivate`, { pat: admin, body: {} });
      return world.revoke(admin, { nonce }); // good once, whatever it was sent for
    },
    403,
    'nonce_replayed',
  ],
};

test('every gate has a row in the table above, in the same order', () => {
  expect(Object.keys(broken)).toEqual(revokeLadder.map((g) => g.name));
});

test.each(Object.entries(broken))('%s alone keeps the agent enrolled, is coded and is in the log', async (_gate, [attempt, status, code]) => {
  const ready = await readyWorld();
  expect(await attempt(ready)).toMatchObject({ status, body: { code, status } });
  expect((await ready.world.stores.agents.byId(AGENT))?.revokedAt).toBeNull();
  expect(ready.world.api.lines.count()).toBe(1);
  if (code !== 'remote_support_disabled') expect(ready.world.hops.filter((h) => h.includes(`agent_revoked fact refused ${code}`))).toHaveLength(1);
});

test('a token for other tenants finds no such agent, and the owner of the machine does not hear of it', async () => {
  const { world } = await readyWorld();
  const stranger = await world.newToken(['remote_support'], ['UTD_OTHER_002' as typeof TENANT]);
  expect(await world.revoke(stranger)).toMatchObject({ status: 404, body: { code: 'agent_not_found' } });
  expect(world.hops.at(-1)).toContain('operator #');
});

test('it ends the live session, closes the line within a second, and is on record once, with the operator and the reason', async () => {
  const { world, admin, machine } = await readyWorld();
  const { body } = await world.activate(admin);
  const answer = await world.revoke(admin);
  await settle();
  expect(answer).toMatchObject({ status: 200, body: { agent_id: AGENT, tenant_id: TENANT, state: 'revoked', revoked_at: isoTime(world.clock.now()), ended_session: body['session_id'] } });
  expect([machine.agent.session(), machine.isShown()]).toEqual([null, false]);
  await world.clock.advance(1_000);
  expect(world.api.lines.count()).toBe(0);

  const { body: shown } = await world.call(`/support/sessions/${String(body['session_id'])}`, { method: 'GET', pat: admin });
  expect(shown).toMatchObject({ ended_by: 'agent_revoked', ended_actor: 'operator', ended_operator: 'ana@argus.example', last_word: { state: 'signed', how: 'agent_revoked' } });
  expect(world.hops.filter((h) => / log .*agent_revoked fact ok/.test(h))).toHaveLength(1);
  expect(world.hops.filter((h) => h.includes('remote_support_session_ended'))).toHaveLength(1);
  const { body: log } = await world.call(`/v1/tenants/${TENANT}/log/entries`, { method: 'GET', pat: admin });
  const leaf = (log['entries'] as { leaf: string }[])[Number(answer.body['leaf_index'])]?.leaf;
  expect(JSON.parse(leaf ?? '{}')).toMatchObject({ type: 'agent_revoked', phase: 'fact', outcome: 'ok', agent: AGENT, operator: 'ana@argus.example', reason: 'stolen from the lobby', by: 'operator' });
  expect((await world.command(admin, String(body['session_token']), { command: 'ping' })).body['code']).toBe('session_expired');
});

/** Guarantee: there is no way back, for the machine, for its codes, or for its id. */
test('the next dial fails, the id is not given out again, and a second revocation finds nothing', async () => {
  const { world, admin } = await readyWorld();
  await world.revoke(admin);
  await world.clock.advance(24 * 60_000);
  expect(world.api.lines.count()).toBe(0);
  expect(world.hops.some((h) => h.includes('"code":"handshake_refused"'))).toBe(true);
  expect(await world.call(`/tenants/${TENANT}/agents`, { pat: admin, body: { agent_id: AGENT } })).toMatchObject({ status: 409, body: { code: 'agent_exists' } });
  expect(await world.revoke(admin)).toMatchObject({ status: 404, body: { code: 'agent_not_found' } });
  expect(await world.activate(admin)).toMatchObject({ status: 404, body: { code: 'agent_not_found' } });
  const { body } = await world.call(`/v1/agents/${AGENT}`, { method: 'GET', pat: admin });
  expect(body['state']).toBe('revoked');
});

const whatever: Record<string, (w: Ready) => Promise<unknown>> = {
  'without consent': ({ world, admin }) => world.call(`/v1/tenants/${TENANT}/consent`, { method: 'DELETE', pat: admin, body: { reason: 'contract ended' } }),
  disarmed: ({ world, admin }) => world.call(`/support/tenants/${TENANT}/disarm`, { pat: admin, body: { reason: 'done', confirm_tenant_id: TENANT } }),
  offline: ({ machine }) => machine.cut(),
  'stale for a month': ({ world, machine }) => machine.cut().then(() => world.clock.setWall(world.clock.now() + 30 * 86_400_000)),
};
test.each(Object.entries(whatever))('an agent can be revoked %s', async (_what, arrange) => {
  const ready = await readyWorld();
  await arrange(ready);
  expect(await ready.world.revoke(ready.admin)).toMatchObject({ status: 200, body: { state: 'revoked', ended_session: null } });
});

test('an agent that nobody enrolled yet can be revoked', async () => {
  const { world, admin } = await readyWorld();
  const code = () => world.call(`/tenants/${TENANT}/agents`, { pat: admin, body: { agent_id: 'agent_never_came' } });
  expect((await code()).status).toBe(201);
  expect(await world.revoke(admin, {}, 'agent_never_came')).toMatchObject({ status: 200 });
  expect(await code()).toMatchObject({ status: 409, body: { code: 'agent_exists' } });
});

/** Guarantee: whoever dials in while it is being revoked does not stay. */
test('a handshake that began before the revocation is put out on arrival', async () => {
  const { world, admin, machine } = await readyWorld();
  await machine.cut();
  machine.mend();
  const held: string[] = [];
  machine.line.up = (text) => (held.length > 0 || text.includes('manifest') ? (held.push(text), null) : text);
  await world.clock.advance(5_000); // h1 and h2 are through; what would make it arrive is held up
  expect(held.length).toBeGreaterThan(0);
  await world.revoke(admin);
  machine.line.up = (text) => text;
  for (const text of held) machine.line.wire?.message(text);
  await settle();
  await world.clock.advance(1_000);
  expect(world.api.lines.count()).toBe(0);
});

test('when it cannot be written nothing happens to the agent', async () => {
  let isDown = false;
  const { world, admin, machine } = await readyWorld({ log: (real) => ({ ...real, commit: async (batch) => { if (isDown) throw new Error('gone'); return real.commit(batch); } }) });
  await world.activate(admin);
  isDown = true;
  expect(await world.revoke(admin)).toMatchObject({ status: 503, body: { code: 'audit_unavailable' } });
  await world.clock.advance(1_000);
  expect(machine.agent.session()).not.toBeNull();
  expect(world.api.lines.count()).toBe(1);
});

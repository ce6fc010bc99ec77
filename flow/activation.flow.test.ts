import { isoTime, settle } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { activationLadder } from '../apps/ops-api/src/gates/activation.ts';
import { makePerson, signedIn } from '../apps/ops-api/test/people.ts';
import { readyWorld } from './ready-world.ts';
import { accessOf, vouchedFor } from './from-outside.ts';
import { receiptNamingOperators } from './receipts.ts';
import { AGENT, createWorld, DOCUMENT, OPS_TOKEN, TENANT } from './world.ts';

type Ready = Awaited<ReturnType<typeof readyWorld>>;
const path = `/support/agents/${AGENT}/activate`;
const headers = { 'x-argus-ops-token': OPS_TOKEN };

/** gate → what is wrong with an otherwise good request → status and code, through the whole server. */
const broken: Record<string, [(w: Ready) => Promise<{ status: number; body: Record<string, unknown> }>, number, string]> = {
  network: [({ world, admin }) => world.call(path, { pat: admin, headers, body: world.activation(), from: '203.0.113.9' }), 403, 'ip_not_allowlisted'],
  ops_token: [({ world, admin }) => world.call(path, { pat: admin, headers: { 'x-argus-ops-token': 'x'.repeat(40) }, body: world.activation() }), 403, 'bad_ops_token'],
  credential: [async ({ world }) => world.call(path, { pat: await world.newToken(['remote_support:arm', 'logs:read']), headers, body: world.activation() }), 403, 'missing_role'],
  identity: [
    async ({ world }) => {
      const evesToken = await world.newToken(['remote_support'], null, 'eve@argus.example');
      return world.call(path, { pat: evesToken, headers: { ...headers, ...vouchedFor('ana@argus.example') }, body: world.activation(), from: '203.0.113.9' });
    },
    403,
    'identity_mismatch',
  ],
  enabled: [
    async () => {
      const off = await readyWorld({ enabled: false });
      return off.world.activate(off.admin);
    },
    403,
    'remote_support_disabled',
  ],
  request: [({ world, admin }) => world.activate(admin, { minutes: 121 }), 422, 'bad_request'],
  fresh: [({ world, admin }) => world.activate(admin, { timestamp: isoTime(world.clock.now() - 60_001) }), 403, 'stale_request'],
  step_up: [
    async ({ world }) => {
      const test = { api: world.api, memory: world.stores, clock: world.clock };
      const { headers: person } = await signedIn(test, await makePerson(test, { email: 'ana@argus.example', role: 'operator' }));
      return world.call(path, { headers: { ...headers, ...person }, body: world.activation() });
    },
    403,
    'step_up_required',
  ],
  agent: [({ world, admin }) => world.activate(admin, {}, 'agent_nobody_knows'), 404, 'agent_not_found'],
  consent: [
    async ({ world, admin }) => {
      await world.call(`/v1/tenants/${TENANT}/consent`, { method: 'DELETE', pat: admin, body: { reason: 'contract ended' } });
      return world.activate(admin);
    },
    403,
    'tenant_consent_required',
  ],
  operator_proof: [
    async ({ world, admin }) => {
      const consent = { ...DOCUMENT, signed_at: isoTime(world.clock.now() - 60_000), signer: { name: 'Kim Park', email: 'kim@tenant.example' }, receipt: receiptNamingOperators(world.instance) };
      await world.call(`/v1/tenants/${TENANT}/consent`, { method: 'PUT', pat: admin, body: consent });
      await world.call(`/support/tenants/${TENANT}/arm`, { pat: admin, body: { reason: 'contract 2026', confirm_tenant_id: TENANT } });
      return world.activate(admin);
    },
    403,
    'operator_proof_required',
  ],
  armed: [
    async ({ world, admin }) => {
      await world.call(`/support/tenants/${TENANT}/disarm`, { pat: admin, body: { reason: 'done for today', confirm_tenant_id: TENANT } });
      return world.activate(admin);
    },
    403,
    'tenant_not_armed',
  ],
  online: [
    async ({ world, admin, machine }) => {
      await machine.cut();
      return world.activate(admin);
    },
    409,
    'agent_offline',
  ],
  free: [
    async ({ world, admin }) => {
      await world.activate(admin);
      return world.activate(admin);
    },
    409,
    'session_active',
  ],
  nonce: [
    async ({ world, admin }) => {
      const body = world.activation();
      const first = await world.call(path, { pat: admin, headers, body });
      await world.call(`/support/sessions/${String(first.body['session_id'])}/deactivate`, { pat: admin, body: {} });
      return world.call(path, { pat: admin, headers, body });
    },
    403,
    'nonce_replayed',
  ],
};

test('every gate has a row in the table above, in the same order', () => {
  expect(Object.keys(broken)).toEqual(activationLadder.map((g) => g.name));
});

test.each(Object.entries(broken))('%s alone keeps the session shut, is coded and is in the log', async (_gate, [attempt, status, code]) => {
  const ready = await readyWorld({ access: accessOf });
  const answer = await attempt(ready);
  expect(answer).toMatchObject({ status, body: { code, status } });
  expect(ready.machine.agent.session() === null || code === 'session_active').toBe(true);
  if (code !== 'remote_support_disabled') expect(ready.world.hops.filter((h) => h.includes(`remote_support_activation fact refused ${code}`))).toHaveLength(1);
});

test('an unlisted address gets byte-identical answers whatever else it sends, and the credential store is not read', async () => {
  let looked = 0;
  const quiet = createWorld();
  const { bySecretHash } = quiet.stores.pats;
  quiet.stores.pats.bySecretHash = (hash, now) => {
    looked++;
    return bySecretHash(hash, now);
  };
  const good = await quiet.newToken(['remote_support']);
  const answers = await Promise.all([
    quiet.call(path, { pat: good, headers, body: quiet.activation(), from: '203.0.113.9' }),
    quiet.call(path, { pat: `pat_${'A'.repeat(43)}`, body: { nonsense: true }, from: '203.0.113.9' }),
    quiet.call(path, { from: '203.0.113.9' }),
    quiet.call(path, { method: 'DELETE', from: '203.0.113.9' }),
  ]);
  const same = answers.map(({ status, body }) => JSON.stringify({ status, body: { ...body, request_id: '' } }));
  expect(new Set(same).size).toBe(1);
  expect(looked).toBe(0);
});

test('an agent that does not acknowledge opens no session; when it does so late, it is put back to sleep', async () => {
  const { world, admin, machine } = await readyWorld();
  const held: string[] = [];
  machine.line.up = (text) => {
    if (held.length === 0 && !text.includes('activated')) return text;
    held.push(text); // from then on the line is slow, in order
    return null;
  };
  const answering = world.activate(admin);
  await world.clock.advance(5_000);
  expect(await answering).toMatchObject({ status: 504, body: { code: 'agent_did_not_acknowledge' } });
  machine.line.up = (text) => text;
  for (const text of held) machine.line.wire?.message(text);
  await settle();
  expect(world.hops.some((h) => h.includes('remote_support_activation outcome unknown agent_did_not_acknowledge'))).toBe(true);
  expect(world.hops.filter((h) => h.includes('remote_support_session_ended'))).toHaveLength(1);
  expect(machine.agent.session()).toBeNull();
  expect(machine.isShown()).toBe(false);
});

test('a machine that cannot raise its indicator starts no session', async () => {
  const { world, admin, machine } = await readyWorld();
  machine.faults.indicator = true;
  expect(await world.activate(admin)).toMatchObject({ status: 409, body: { code: 'indicator_failed' } });
  expect(machine.agent.session()).toBeNull();
});

test('a machine that cannot store what it saw of the log starts no session', async () => {
  const { world, admin, machine } = await readyWorld();
  machine.faults.witness = true;
  expect(await world.activate(admin)).toMatchObject({ status: 409, body: { code: 'not_in_log' } });
  expect(machine.isShown()).toBe(false);
});

test('fifty activations at once open one session', async () => {
  const { world, admin } = await readyWorld();
  const answers = await Promise.all(Array.from({ length: 50 }, () => world.activate(admin)));
  expect(answers.filter((a) => a.status === 201)).toHaveLength(1);
  expect(new Set(answers.filter((a) => a.status !== 201).map((a) => a.body['code']))).toEqual(new Set(['session_active']));
});

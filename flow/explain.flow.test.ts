/**
 * "Why denied" is a door to the same facts as activation, so it is attacked as one: it must tell nobody more than
 * activation would, and change nothing at all.
 */
import { isoTime } from '@argus/kit/clock.ts';
import { describe, expect, test } from 'vitest';
import { activationLadder } from '../apps/ops-api/src/gates/activation.ts';
import { commandLadder } from '../apps/ops-api/src/gates/command.ts';
import { PRESETS } from '../apps/ops-api/src/people/principal.ts';
import { headersOf, makePerson, signedIn } from '../apps/ops-api/test/people.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { accessOf, vouchedFor } from './from-outside.ts';
import { readyWorld } from './ready-world.ts';
import { receiptNamingOperators } from './receipts.ts';
import { AGENT, DOCUMENT, OPS_TOKEN, TENANT, type Answer, type World } from './world.ts';

type Ready = Awaited<ReturnType<typeof readyWorld>>;
type Gate = { readonly gate: string; readonly state: string; readonly code: string | null; readonly found: readonly string[]; readonly remedy: string | null };
const path = '/support/explain';
const headers = { 'x-argus-ops-token': OPS_TOKEN };
const OTHER = mustId('tenant', 'ACME_002');
const OUTSIDE = '203.0.113.9';

const ask = (world: World, pat: string | undefined, over: Record<string, unknown> = {}, more: { headers?: Record<string, string>; from?: string } = {}): Promise<Answer> =>
  world.call(path, { ...(pat !== undefined && { pat }), headers, body: { agent: AGENT, ...world.activation(), ...over }, ...more });
const gatesOf = ({ body }: Answer): readonly Gate[] => body['gates'] as readonly Gate[];
const states = (answer: Answer) => Object.fromEntries(gatesOf(answer).map(({ gate, state }) => [gate, state]));
const plain = ({ status, body }: Answer) => JSON.stringify({ status, body: { ...body, request_id: '' } });
const deedsIn = (world: World) => world.hops.filter((hop) => hop.includes(' deed ') || hop.includes('→') || hop.startsWith('agent'));

const allPassed = Object.fromEntries(activationLadder.map(({ name }) => [name, 'passed']));
const NAMES = activationLadder.map(({ name }) => name);

test('on a good day every gate of the ladder is named, in its order, and all would pass', async () => {
  const { world, admin } = await readyWorld();
  const answer = await ask(world, admin);
  expect(answer).toMatchObject({ status: 200, body: { would_pass: true, code: null, tenant_id: TENANT, agent_id: AGENT } });
  expect(gatesOf(answer).map(({ gate }) => gate)).toEqual(NAMES);
  expect(states(answer)).toEqual(allPassed);
});

/** gate → what is wrong → its code, and which gates behind it are then not told of. */
const broken: Record<string, readonly [(ready: Ready) => Promise<Answer>, string, readonly string[]]> = {
  enabled: [async () => { const off = await readyWorld({ enabled: false }); return ask(off.world, off.admin); }, 'remote_support_disabled', []],
  request: [({ world, admin }) => ask(world, admin, { minutes: 121 }), 'bad_request', ['fresh', 'agent', 'consent', 'operator_proof', 'armed', 'online', 'free', 'nonce']],
  fresh: [({ world, admin }) => ask(world, admin, { timestamp: isoTime(world.clock.now() - 60_001) }), 'stale_request', []],
  step_up: [
    async ({ world }) => {
      const test = { api: world.api, memory: world.stores, clock: world.clock };
      const { secret } = await signedIn(test, await makePerson(test, { email: 'ola@argus.example', role: 'operator' }), { isConfirmed: false });
      return ask(world, undefined, {}, { headers: { ...headersOf(secret), ...headers } });
    },
    'step_up_required',
    [],
  ],
  agent: [({ world, admin }) => ask(world, admin, { agent: 'agent_nobody_knows' }), 'agent_not_found', ['consent', 'operator_proof', 'armed', 'online', 'free', 'nonce']],
  consent: [
    async ({ world, admin }) => {
      await world.call(`/v1/tenants/${TENANT}/consent`, { method: 'DELETE', pat: admin, body: { reason: 'contract ended' } });
      return ask(world, admin);
    },
    'tenant_consent_required',
    ['operator_proof'],
  ],
  operator_proof: [
    async ({ world, admin }) => {
      const consent = { ...DOCUMENT, signed_at: isoTime(world.clock.now() - 60_000), signer: { name: 'Kim Park', email: 'kim@tenant.example' }, receipt: receiptNamingOperators(world.instance) };
      await world.call(`/v1/tenants/${TENANT}/consent`, { method: 'PUT', pat: admin, body: consent });
      await world.call(`/support/tenants/${TENANT}/arm`, { pat: admin, body: { reason: 'contract 2026', confirm_tenant_id: TENANT } });
      return ask(world, admin);
    },
    'operator_proof_required',
    [],
  ],
  armed: [
    async ({ world, admin }) => {
      await world.call(`/support/tenants/${TENANT}/disarm`, { pat: admin, body: { reason: 'done for today', confirm_tenant_id: TENANT } });
      return ask(world, admin);
    },
    'tenant_not_armed',
    [],
  ],
  online: [async ({ world, admin, machine }) => { await machine.cut(); return ask(world, admin); }, 'agent_offline', []],
  free: [async ({ world, admin }) => { await world.activate(admin); return ask(world, admin); }, 'session_active', []],
  nonce: [
    async ({ world, admin }) => {
      const nonce = 'n'.repeat(32);
      const { body } = await world.activate(admin, { nonce });
      await world.call(`/support/sessions/${String(body['session_id'])}/deactivate`, { pat: admin, body: {} });
      return ask(world, admin, { nonce });
    },
    'nonce_replayed',
    [],
  ],
};

test('every gate behind the identity has a row in the table above, in the same order', () => {
  expect(Object.keys(broken)).toEqual(NAMES.slice(NAMES.indexOf('enabled')));
});

test.each(Object.entries(broken))('%s alone: it says so, what would mend it, and goes on behind it', async (gate, [attempt, code, untold]) => {
  const answer = await attempt(await readyWorld());
  expect(answer).toMatchObject({ status: 200, body: { code, would_pass: false } });
  const seen = gatesOf(answer).find((one) => one.gate === gate);
  expect(seen).toMatchObject({ state: 'not_passed', code });
  expect(seen?.remedy).toMatch(/^\S.*\.$/);
  // Withdrawing consent disarms the tenant, too.
  const also = gate === 'consent' ? { armed: 'not_passed' } : {};
  expect(states(answer)).toEqual({ ...allPassed, [gate]: 'not_passed', ...also, ...Object.fromEntries(untold.map((name) => [name, 'not_looked_at'])) });
  for (const one of gatesOf(answer)) if (one.state === 'not_looked_at') expect([one.code, one.remedy]).toEqual([null, null]);
});

test('whatever is wrong, activation answers with the very code that was foretold', async () => {
  for (const wrong of [{ minutes: 121 }, { timestamp: isoTime(0) }, { tenant_id: OTHER }, { operator_proof: 1 }, {}]) {
    const { world, admin } = await readyWorld();
    const [foretold, came] = [await ask(world, admin, wrong), await world.activate(admin, wrong)];
    expect(came.body['code'] ?? null, JSON.stringify(wrong)).toBe(foretold.body['code']);
  }
});

/** Guarantee: who is refused by activation before anything is told is refused here with the same words. */
describe('at the door', () => {
  const strangers: Record<string, (ready: Ready) => Promise<readonly [Answer, Answer]>> = {
    'an unlisted address': async ({ world, admin }) => [await ask(world, admin, {}, { from: OUTSIDE }), await world.call(`/support/agents/${AGENT}/activate`, { pat: admin, headers, body: world.activation(), from: OUTSIDE })],
    'a wrong ops token': async ({ world, admin }) => {
      const wrong = { headers: { 'x-argus-ops-token': 'x'.repeat(40) } };
      return [await ask(world, admin, {}, wrong), await world.call(`/support/agents/${AGENT}/activate`, { pat: admin, ...wrong, body: world.activation() })];
    },
    'no ops token': async ({ world, admin }) => [await ask(world, admin, {}, { headers: {} }), await world.call(`/support/agents/${AGENT}/activate`, { pat: admin, body: world.activation() })],
    'the ops token in the address': async ({ world, admin }) => [
      await world.call(`${path}?ops_token=${OPS_TOKEN}`, { pat: admin, headers, body: { agent: AGENT, ...world.activation() } }),
      await world.call(`/support/agents/${AGENT}/activate?ops_token=${OPS_TOKEN}`, { pat: admin, headers, body: world.activation() }),
    ],
    'no credential': async ({ world }) => [await ask(world, undefined), await world.call(`/support/agents/${AGENT}/activate`, { headers, body: world.activation() })],
    'a credential that only reads': async ({ world }) => {
      const pat = await world.newToken(PRESETS['support-readonly']);
      return [await ask(world, pat), await world.activate(pat)];
    },
    'the read token of the tenant itself': async ({ world }) => {
      const pat = await world.newToken(PRESETS['tenant-reader'], [TENANT]);
      return [await ask(world, pat), await world.activate(pat)];
    },
    'somebody vouched for, with the token of somebody else': async ({ world }) => {
      const pat = await world.newToken(['remote_support'], null, 'eve@argus.example');
      const how = { headers: { ...headers, ...vouchedFor('ana@argus.example') }, from: OUTSIDE };
      return [await ask(world, pat, {}, how), await world.call(`/support/agents/${AGENT}/activate`, { pat, ...how, body: world.activation() })];
    },
  };
  test.each(Object.entries(strangers))('%s hears what activation says, and no gate is named', async (_who, attempt) => {
    const ready = await readyWorld({ access: accessOf });
    const [explained, activated] = await attempt(ready);
    expect(plain(explained)).toBe(plain(activated));
    expect([401, 403]).toContain(explained.status);
    expect(JSON.stringify(explained.body)).not.toContain('gates');
    const { code } = explained.body;
    expect(ready.world.hops.filter((hop) => hop.includes(`operator #`) && hop.includes(`activation_explained fact refused ${String(code)}`))).toHaveLength(1);
  });

  test('guessing ops tokens here uses up the very tries that activation counts', async () => {
    const { world, admin } = await readyWorld();
    for (let i = 0; i < 200; i++) await ask(world, admin, {}, { headers: { 'x-argus-ops-token': `${i}`.padStart(40, 'x') } });
    expect((await world.activate(admin)).body['code']).toBe('bad_ops_token');
  });
});

/** Guarantee: another tenant's agent and no agent at all get the same answer, to the byte, in the same tree. */
test('a credential for another tenant cannot tell a foreign agent from none, nor anything behind it', async () => {
  const { world, admin } = await readyWorld();
  await world.tenant(admin, OTHER);
  const limited = await world.newToken(PRESETS['support-operator'], [OTHER]);
  const same = { nonce: 'n'.repeat(32), timestamp: isoTime(world.clock.now()) };
  const foreign = await ask(world, limited, same);
  const answers = [
    await ask(world, limited, { ...same, agent: 'agent_nobody_knows' }),
    await ask(world, limited, { ...same, agent: 'agent_nobody_knows', tenant_id: 'NOBODYS_TENANT' }),
    await ask(world, limited, { ...same, tenant_id: OTHER }), // another's agent, under a tenant of one's own
    await ask(world, limited, { ...same, agent: '../../etc/passwd' }),
  ];
  expect(states(foreign)).toMatchObject({ agent: 'not_passed', consent: 'not_looked_at', online: 'not_looked_at', free: 'not_looked_at', nonce: 'not_looked_at' });
  expect(foreign.body).toMatchObject({ tenant_id: null, agent_id: null, code: 'agent_not_found' });
  for (const answer of answers) expect(plain(answer)).toBe(plain(foreign));
  expect(world.hops.filter((hop) => hop.includes('activation_explained')).every((hop) => hop.includes('api     log      operator #'))).toBe(true);
});

test('it changes nothing: no nonce is burned, no machine hears of it, nothing is armed; and each question is one entry of the tenant\'s log', async () => {
  const { world, admin, machine } = await readyWorld();
  const before = deedsIn(world);
  const body = world.activation();
  for (let i = 0; i < 3; i++) expect(states(await ask(world, admin, body))).toEqual(allPassed);
  await world.call(`/support/tenants/${TENANT}/disarm`, { pat: admin, body: { reason: 'done for today', confirm_tenant_id: TENANT } });
  const disarmed = deedsIn(world);
  expect(states(await ask(world, admin, body))['armed']).toBe('not_passed');
  expect(deedsIn(world)).toEqual(disarmed);
  await world.call(`/support/tenants/${TENANT}/arm`, { pat: admin, body: { reason: 'contract 2026', confirm_tenant_id: TENANT } });
  expect(disarmed.slice(0, before.length)).toEqual(before);
  expect(machine.agent.session()).toBeNull();
  expect(world.hops.filter((hop) => hop.includes(`${TENANT} #`) && hop.includes('activation_explained fact ok'))).toHaveLength(4);
  // The very request that was asked about four times still opens.
  expect((await world.activate(admin, body)).status).toBe(201);
});

test('an answer that cannot be put on record is not given', async () => {
  let isDown = false;
  const { world, admin } = await readyWorld({ log: (real) => ({ ...real, commit: (batch) => (isDown ? Promise.reject(new Error('the disk is full')) : real.commit(batch)) }) });
  isDown = true;
  const answer = await ask(world, admin);
  expect(answer).toMatchObject({ status: 503, body: { code: 'audit_unavailable' } });
  expect(JSON.stringify(answer.body)).not.toContain('gates');
  // A refusal stays one.
  expect((await ask(world, admin, {}, { from: OUTSIDE })).body['code']).toBe('ip_not_allowlisted');
});

test('who holds the agent is told to whoever may see its sessions, and no token or reason is', async () => {
  const { world, admin } = await readyWorld();
  const opened = await world.activate(admin, { reason: 'a reason nobody else needs' });
  const free = gatesOf(await ask(world, admin)).find(({ gate }) => gate === 'free');
  expect(free?.found.join()).toContain(String(opened.body['session_id']));
  expect(JSON.stringify(free)).not.toMatch(/rst_|a reason nobody/);
});

test('what cannot be read is refused as activation refuses it, and is on record', async () => {
  const { world, admin } = await readyWorld();
  const answer = await world.call(path, { method: 'DELETE', pat: admin, headers });
  expect(answer.body['code']).toBe('method_not_allowed');
  expect(world.hops.filter((hop) => hop.includes('activation_explained fact refused method_not_allowed'))).toHaveLength(1);
});

describe('a command', () => {
  const commandNames = commandLadder.map(({ name }) => name);
  async function session() {
    const ready = await readyWorld();
    const opened = await ready.world.activate(ready.admin);
    return { ...ready, token: String(opened.body['session_token']) };
  }
  const askFor = (world: World, pat: string, token: string | undefined, { tenant = TENANT, ...body }: Record<string, unknown> & { tenant?: string } = {}) =>
    world.call(`/support/tenants/${tenant}/explain`, { pat, headers: token === undefined ? {} : { 'x-argus-session': token }, body: { command: 'ping', ...body } });

  test('that would be let through: every gate is named, and nothing leaves for the machine', async () => {
    const { world, admin, token } = await session();
    const before = deedsIn(world);
    const answer = await askFor(world, admin, token, { request_id: 'req_once_and_again_1' });
    expect(answer).toMatchObject({ status: 200, body: { would_pass: true, tenant_id: TENANT, agent_id: AGENT } });
    expect(states(answer)).toEqual(Object.fromEntries(commandNames.map((name) => [name, 'passed'])));
    expect(deedsIn(world)).toEqual(before);
    expect(world.hops.filter((hop) => hop.includes(`${TENANT} #`) && hop.includes('command_explained fact ping ok'))).toHaveLength(1);
  });

  const wrong: Record<string, readonly [Record<string, unknown> & { tenant?: string }, string]> = {
    bound: [{ agent_id: 'agent_another_one' }, 'session_mismatch'],
    known: [{ command: 'shell' }, 'command_not_allowlisted'],
    args: [{ args: { not: 'one' } }, 'bad_args'],
    request: [{ args: 'none' }, 'bad_request'],
  };
  test.each(Object.entries(wrong))('that fails at %s: it says so', async (gate, [body, code]) => {
    const { world, admin, token } = await session();
    const answer = await askFor(world, admin, token, body);
    expect(answer.body).toMatchObject({ would_pass: false, code });
    expect(gatesOf(answer).find((one) => one.gate === gate)).toMatchObject({ state: 'not_passed', code });
  });

  /** Guarantee: a session of somebody else is told of as little as its command would be. */
  test('in a session of somebody else: nothing behind it is told', async () => {
    const { world, token } = await session();
    const eve = await world.newToken(PRESETS['support-operator'], null, 'eve@argus.example');
    const answer = await askFor(world, eve, token);
    expect(states(answer)).toMatchObject({ operator: 'not_passed', bound: 'not_looked_at', consent: 'not_looked_at', armed: 'not_looked_at', covered: 'not_looked_at' });
    expect(answer.body).toMatchObject({ tenant_id: null, agent_id: null });
  });

  test('in a session of a tenant the token may not see: as in none', async () => {
    const { world, token } = await session();
    const limited = await world.newToken(PRESETS['support-operator'], [OTHER]);
    expect(plain(await askFor(world, limited, token))).toBe(plain(await askFor(world, limited, `rst_${'z'.repeat(43)}`)));
    expect(plain(await askFor(world, limited, token))).toBe(plain(await askFor(world, limited, token, { tenant: 'NOBODYS' })));
  });

  test('from an unlisted address: the one refusal', async () => {
    const { world, admin, token } = await session();
    const [explained, ran] = await Promise.all(['explain', 'command'].map((what) => world.call(`/support/tenants/${TENANT}/${what}`, { pat: admin, headers: { 'x-argus-session': token }, body: { command: 'ping' }, from: OUTSIDE })));
    expect(plain(explained as Answer)).toBe(plain(ran as Answer));
  });
});

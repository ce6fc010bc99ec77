/** Guarantee: a refusal stays the same refusal when it cannot be written down, at every rung of every ladder. */
import { isoTime } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { activationLadder } from '../apps/ops-api/src/gates/activation.ts';
import { armLadder, disarmLadder } from '../apps/ops-api/src/gates/arm.ts';
import { commandLadder } from '../apps/ops-api/src/gates/command.ts';
import { revokeLadder } from '../apps/ops-api/src/gates/revoke.ts';
import type { LogStore } from '../apps/ops-api/src/ports.ts';
import { makePerson, signedIn } from '../apps/ops-api/test/people.ts';
import { accessOf, OUTSIDE, vouchedFor } from './from-outside.ts';
import { readyWorld } from './ready-world.ts';
import { receiptNamingOperators } from './receipts.ts';
import { AGENT, DOCUMENT, OPS_TOKEN, START, TENANT, type Answer, type WorldOptions } from './world.ts';

const MINUTE = 60_000;
const ACTIVATE = `/support/agents/${AGENT}/activate`;
const COMMAND = `/support/tenants/${TENANT}/command`;
const ARM = `/support/tenants/${TENANT}/arm`;
const DISARM = `/support/tenants/${TENANT}/disarm`;
const REVOKE = `/support/agents/${AGENT}/revoke`;

async function fragile(options: WorldOptions = {}) {
  const state = { isDown: false };
  const log = (real: LogStore): LogStore => ({
    ...real,
    async commit(batch) {
      if (state.isDown) throw new Error('the database is gone');
      return real.commit(batch);
    },
  });
  return { ...(await readyWorld({ ...options, log })), state };
}
type W = Awaited<ReturnType<typeof fragile>>;
/** What has to be so first, while everything works; then the log is taken away, and this is asked. */
type Rung = readonly [code: string, ask: (w: W) => Promise<Answer>, first?: ((w: W) => Promise<unknown>) | undefined, options?: WorldOptions];

const withToken = { 'x-argus-ops-token': OPS_TOKEN };
const consent = (w: W, over: Record<string, unknown>) =>
  w.world.call(`/tenants/${TENANT}/consent`, { method: 'PUT', pat: w.admin, body: { ...DOCUMENT, signed_at: isoTime(START - MINUTE), signer: { name: 'Kim Park', email: 'kim@tenant.example' }, ...over } });
const withdraw = (w: W) => w.world.call(`/tenants/${TENANT}/consent`, { method: 'DELETE', pat: w.admin, body: { reason: 'contract ended' } });
const namesOperators = async (w: W) => {
  await consent(w, { receipt: receiptNamingOperators(w.world.instance) });
  await w.world.call(ARM, { pat: w.admin, body: armBody() });
};
const armBody = (over: Record<string, unknown> = {}) => ({ reason: 'contract 2026', confirm_tenant_id: TENANT, ...over });

/** Somebody who signed in, and has shown no second factor. */
let person: Readonly<Record<string, string>> = {};
const signIn = async ({ world }: W) => {
  const test = { api: world.api, memory: world.stores, clock: world.clock };
  person = (await signedIn(test, await makePerson(test, { email: 'olga@argus.example', role: 'owner' }))).headers;
};

const activation: Record<string, Rung> = {
  network: ['ip_not_allowlisted', ({ world, admin }) => world.call(ACTIVATE, { pat: admin, headers: withToken, body: world.activation(), from: OUTSIDE })],
  ops_token: ['bad_ops_token', ({ world, admin }) => world.call(ACTIVATE, { pat: admin, body: world.activation() })],
  credential: ['missing_role', ({ world }) => world.call(ACTIVATE, { headers: withToken, body: world.activation() })],
  identity: ['identity_mismatch', ({ world, admin }) => world.call(ACTIVATE, { pat: admin, headers: { ...withToken, ...vouchedFor('eve@argus.example') }, body: world.activation(), from: OUTSIDE }), undefined, { access: accessOf }],
  enabled: ['remote_support_disabled', ({ world, admin }) => world.activate(admin), undefined, { enabled: false }],
  request: ['bad_request', ({ world, admin }) => world.activate(admin, { minutes: 999 })],
  fresh: ['stale_request', ({ world, admin }) => world.activate(admin, { timestamp: isoTime(START - 60_001) })],
  step_up: ['step_up_required', ({ world }) => world.call(ACTIVATE, { headers: { ...withToken, ...person }, body: world.activation() }), signIn],
  agent: ['agent_not_found', ({ world, admin }) => world.activate(admin, {}, 'agent_nobody_knows')],
  consent: ['tenant_consent_required', ({ world, admin }) => world.activate(admin), withdraw],
  operator_proof: ['operator_proof_required', ({ world, admin }) => world.activate(admin), namesOperators],
  armed: ['tenant_not_armed', ({ world, admin }) => world.activate(admin), ({ world, admin }) => world.call(DISARM, { pat: admin, body: armBody() })],
  online: ['agent_offline', ({ world, admin }) => world.activate(admin), ({ machine }) => machine.cut()],
  free: ['session_active', ({ world, admin }) => world.activate(admin), ({ world, admin }) => world.activate(admin)],
  nonce: ['nonce_replayed', ({ world, admin }) => world.activate(admin, { nonce: 'n'.repeat(22) }), async ({ world, admin }) => {
    const { body } = await world.activate(admin, { nonce: 'n'.repeat(22) });
    return world.call(`/support/sessions/${String(body['session_id'])}/deactivate`, { pat: admin, body: {} });
  }],
};

let token = '';
const open = async ({ world, admin }: W) => void (token = String((await world.activate(admin)).body['session_token']));
const run = (w: W, body: Record<string, unknown>, over: { pat?: string; from?: string; headers?: Record<string, string>; path?: string } = {}) =>
  w.world.call(over.path ?? COMMAND, { pat: w.admin, headers: { 'x-argus-session': token }, body, ...over });

const command: Record<string, Rung> = {
  network: ['ip_not_allowlisted', (w) => run(w, { command: 'ping' }, { from: OUTSIDE }), open],
  credential: ['missing_role', (w) => run(w, { command: 'ping' }, { pat: `pat_${'A'.repeat(43)}` }), open],
  identity: ['identity_mismatch', (w) => run(w, { command: 'ping' }, { from: OUTSIDE, headers: { 'x-argus-session': token, ...vouchedFor('eve@argus.example') } }), open, { access: accessOf }],
  enabled: ['remote_support_disabled', (w) => run(w, { command: 'ping' }), undefined, { enabled: false }],
  session: ['session_not_found', (w) => run(w, { command: 'ping' }, { headers: { 'x-argus-session': `rst_${'a'.repeat(43)}` } }), open],
  operator: ['session_mismatch', async (w) => run(w, { command: 'ping' }, { pat: await w.world.newToken(['remote_support'], null, 'ben@argus.example') }), open],
  request: ['bad_request', (w) => run(w, { command: 1 }), open],
  bound: ['session_mismatch', (w) => run(w, { command: 'ping', agent_id: 'agent_another_one' }), open],
  consent: ['tenant_consent_required', (w) => run(w, { command: 'ping' }), async (w) => {
    await open(w);
    // Whoever replaces, withdraws or outlives a consent ends the session with it; this is a row somebody edited by hand.
    const { bySecretHash } = w.world.stores.sessions;
    w.world.stores.sessions.bySecretHash = async (hash) => { const found = await bySecretHash(hash); return found && { ...found, tenant: { ...found.tenant, consentLeaf: null } }; };
  }],
  armed: ['tenant_not_armed', (w) => run(w, { command: 'ping' }), async (w) => {
    w.world.clock.setWall(START + 30 * 1_440 * MINUTE - MINUTE);
    await open(w);
    await w.world.clock.advance(MINUTE);
  }],
  known: ['command_not_allowlisted', (w) => run(w, { command: 'format_disk' }), open],
  covered: ['consent_scope_exceeded', (w) => run(w, { command: 'agent_info' }), async (w) => {
    await consent(w, { scope: { commands: ['ping'] } });
    await w.world.call(ARM, { pat: w.admin, body: armBody() });
    await open(w);
  }],
  args: ['bad_args', (w) => run(w, { command: 'ping', args: { path: '/etc/shadow' } }), open],
};

const tenTimes = async ({ world, admin }: W) => {
  await world.call(DISARM, { pat: admin, body: armBody() });
  for (let i = 0; i < 10; i++) await world.call(DISARM, { pat: admin, body: armBody() });
};
const arming: Record<string, Rung> = {
  turn: ['rate_limited', ({ world, admin }) => world.call(ARM, { pat: admin, body: armBody() }), tenTimes],
  step_up: ['step_up_required', ({ world }) => world.call(ARM, { headers: person, body: armBody() }), signIn],
  tenant: ['tenant_not_found', ({ world, admin }) => world.call('/support/tenants/NOBODY/arm', { pat: admin, body: armBody() })],
  confirmed: ['confirm_tenant_mismatch', ({ world, admin }) => world.call(ARM, { pat: admin, body: armBody({ confirm_tenant_id: 'OTHER' }) })],
  consent: ['tenant_consent_required', ({ world, admin }) => world.call(ARM, { pat: admin, body: armBody() }), withdraw],
  document: ['consent_document_mismatch', ({ world, admin }) => world.call(ARM, { pat: admin, body: armBody({ document_id: 'DOC-1' }) })],
};
const disarming: Record<string, Rung> = {
  turn: ['rate_limited', ({ world, admin }) => world.call(DISARM, { pat: admin, body: armBody() }), tenTimes],
  tenant: ['tenant_not_found', ({ world, admin }) => world.call('/support/tenants/NOBODY/disarm', { pat: admin, body: armBody() })],
  confirmed: ['confirm_tenant_mismatch', ({ world, admin }) => world.call(DISARM, { pat: admin, body: armBody({ confirm_tenant_id: 'OTHER' }) })],
};
const revoking: Record<string, Rung> = {
  network: ['ip_not_allowlisted', ({ world, admin }) => world.call(REVOKE, { pat: admin, headers: withToken, body: world.revocation(), from: OUTSIDE })],
  ops_token: ['bad_ops_token', ({ world, admin }) => world.call(REVOKE, { pat: admin, body: world.revocation() })],
  credential: ['missing_role', ({ world }) => world.call(REVOKE, { headers: withToken, body: world.revocation() })],
  enabled: ['remote_support_disabled', ({ world, admin }) => world.revoke(admin), undefined, { enabled: false }],
  request: ['bad_request', ({ world, admin }) => world.revoke(admin, { confirm: false })],
  fresh: ['stale_request', ({ world, admin }) => world.revoke(admin, { timestamp: isoTime(START - 60_001) })],
  step_up: ['step_up_required', ({ world }) => world.call(REVOKE, { headers: { ...withToken, ...person }, body: world.revocation() }), signIn],
  agent: ['agent_not_found', ({ world, admin }) => world.revoke(admin, {}, 'agent_nobody_knows')],
  nonce: ['nonce_replayed', ({ world, admin }) => world.revoke(admin, { nonce: 'n'.repeat(22) }), ({ world, admin }) => world.activate(admin, { nonce: 'n'.repeat(22) })],
};
const enrollment: Record<string, Rung> = {
  code: ['enrollment_refused', ({ world }) =>
    world.call('/agents/enroll', { body: { code: `enr_${'a'.repeat(43)}`, public_key: Buffer.alloc(32, 1).toString('base64'), at: isoTime(START), signature: Buffer.alloc(64, 1).toString('base64'), agent_version: '1', platform: 'linux' } })],
};

const ladders = { activation, command, arming, disarming, revoking, enrollment };
test('every gate of every ladder has its row above, in the same order', () => {
  const named = { activation: activationLadder, command: commandLadder, arming: armLadder, disarming: disarmLadder, revoking: revokeLadder };
  for (const [name, gates] of Object.entries(named)) expect(Object.keys(ladders[name as keyof typeof named])).toEqual(gates.map((gate) => gate.name));
});

/** A session may end while we look; nothing else may happen. */
const deedsOf = (w: W) => w.world.hops.filter((hop) => hop.includes(' deed ') && !hop.endsWith('end_session'));
const rungs = Object.entries(ladders).flatMap(([ladder, rows]) => Object.entries(rows).map(([gate, rung]) => [ladder, gate, rung] as const));
test.each(rungs)('%s refused at %s is refused in the same words with the log down, and nothing is done', async (_ladder, _gate, [code, ask, first, options]) => {
  const answers: Answer[] = [];
  for (const isDown of [false, true]) {
    const w = await fragile(options);
    await first?.(w);
    const commands = w.machine.agent.counters().commands;
    const session = w.machine.agent.session();
    w.state.isDown = isDown;
    const before = deedsOf(w);
    answers.push(await ask(w));
    expect(w.machine.agent.counters().commands).toBe(commands);
    expect(w.machine.agent.session()).toEqual(session);
    expect(deedsOf(w)).toEqual(before);
    w.state.isDown = false;
  }
  const [up, down] = answers.map(({ status, body }) => ({ status, body: { ...body, request_id: '' } }));
  expect(up?.body).toMatchObject({ code });
  expect(down).toEqual(up);
});

/** Guarantee: with the whole database gone the first two rungs say what they always say; the third opens nothing. */
test('with the whole database gone nobody gets in, and nobody outside notices', async () => {
  const { world, admin } = await readyWorld();
  const gone = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  for (const store of Object.values(world.stores)) for (const name of Object.keys(store)) Reflect.set(store, name, gone);
  const codeOf = async (over: Parameters<typeof world.call>[1]) => (await world.call(ACTIVATE, { pat: admin, headers: withToken, body: world.activation(), ...over })).body['code'];
  expect(await codeOf({ from: OUTSIDE })).toBe('ip_not_allowlisted');
  expect(await codeOf({ headers: {} })).toBe('bad_ops_token');
  expect(await codeOf({})).toBe('audit_unavailable');
  expect((await world.call(ARM, { pat: admin, body: armBody() })).body['code']).toBe('audit_unavailable');
});

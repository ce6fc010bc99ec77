import { settle } from '@argus/kit/clock.ts';
import { verifyValue } from '@argus/keys/signature.ts';
import { expect, test } from 'vitest';
import { readyWorld } from './ready-world.ts';
import { LAST_WORD_WITHIN_MS } from '../apps/ops-api/src/sessions/session.ts';
import { TENANT } from './world.ts';

const MINUTE = 60_000;
type Ready = Awaited<ReturnType<typeof readyWorld>>;

async function live() {
  const ready = await readyWorld();
  const { body } = await ready.world.activate(ready.admin, { minutes: 5 });
  return { ...ready, token: String(body['session_token']), session: String(body['session_id']) };
}

const endings: Record<string, (w: Ready & { session: string }) => Promise<unknown>> = {
  deactivate: ({ world, admin, session }) => world.call(`/support/sessions/${session}/deactivate`, { pat: admin, body: {} }),
  disarmed: ({ world, admin }) => world.call(`/support/tenants/${TENANT}/disarm`, { pat: admin, body: { reason: 'done', confirm_tenant_id: TENANT } }),
  consent_withdrawn: ({ world, admin }) => world.call(`/v1/tenants/${TENANT}/consent`, { method: 'DELETE', pat: admin, body: { reason: 'contract ended' } }),
  expired: ({ world }) => world.clock.advance(5 * MINUTE),
  agent_lost: async ({ world, machine }) => {
    await machine.cut();
    await world.clock.advance(15_000);
  },
  agent_revoked: ({ world, admin }) => world.revoke(admin),
  tenant_kill_switch: async ({ machine }) => {
    machine.faults.switchedOff = true;
    machine.agent.switchOff();
  },
  server_shutdown: ({ world }) => world.api.close(),
};

test.each(Object.entries(endings))('%s: ended exactly once, indicator off, machine asleep, nothing runs after', async (how, end) => {
  const ready = await live();
  await end(ready);
  await settle();
  const { world, machine, admin, token } = ready;
  const ended = world.hops.filter((h) => h.includes('remote_support_session_ended'));
  expect(ended).toHaveLength(1);
  expect(ended[0]).toContain(how);
  expect(machine.agent.session()).toBeNull();
  expect(machine.isShown()).toBe(false);
  const before = machine.agent.counters().commands;
  if (how !== 'server_shutdown') {
    const answer = await world.command(admin, token, { command: 'ping' });
    expect(answer.body['code']).toBe('session_expired');
  }
  expect(machine.agent.counters().commands).toBe(before);
});

test('an end the machine itself decides is in the log with its signature', async () => {
  const { world, machine, admin } = await live();
  machine.agent.stop();
  await settle();
  const { body } = await world.call(`/v1/tenants/${TENANT}/log/entries`, { method: 'GET', pat: admin });
  const leaf = (body['entries'] as { leaf: string }[]).map((e) => JSON.parse(e.leaf) as Record<string, unknown>).at(-1);
  expect(leaf).toMatchObject({ type: 'remote_support_session_ended', code: 'agent_lost', by: 'agent' });
  const { code: how, agent_at: at, agent_signature } = leaf as Record<string, string>;
  const { instance, tenant, agent } = machine.trust;
  const signed = { instance, tenant, agent, session: String(leaf?.['session']), how: String(how), at: String(at) };
  expect(verifyValue(machine.identity.publicKeyText, 'end', signed, String(agent_signature))).toBe(true);
});

test('switched off on the machine: the tenant is who ended it, and whoever asks again is told so until it is on', async () => {
  const { world, machine, admin, session } = await live();
  machine.faults.switchedOff = true;
  machine.agent.switchOff();
  await settle();
  expect((await world.call(`/support/sessions/${session}`, { method: 'GET', pat: admin })).body).toMatchObject({ state: 'ended', ended_by: 'tenant_kill_switch', last_word: { state: 'signed' } });
  const { body } = await world.call(`/v1/tenants/${TENANT}/log/entries`, { method: 'GET', pat: admin });
  const leaf = (body['entries'] as { leaf: string }[]).map((e) => JSON.parse(e.leaf) as Record<string, unknown>).at(-1);
  expect(leaf).toMatchObject({ type: 'remote_support_session_ended', code: 'tenant_kill_switch', by: 'tenant' });
  expect(await world.activate(admin)).toMatchObject({ status: 409, body: { code: 'tenant_switched_off' } });
  machine.faults.switchedOff = false;
  expect((await world.activate(admin)).status).toBe(201);
});

test('switched off with the server out of reach: asleep at once, and the server learns who ended it', async () => {
  const { world, machine, admin, session } = await live();
  await machine.cut();
  machine.faults.switchedOff = true;
  machine.agent.switchOff();
  expect([machine.agent.session(), machine.isShown()]).toEqual([null, false]);
  machine.mend();
  await world.clock.advance(4_000);
  expect((await world.call(`/support/sessions/${session}`, { method: 'GET', pat: admin })).body).toMatchObject({ state: 'ended', ended_by: 'tenant_kill_switch' });
});

test('switched off just before a command arrives: it is not carried out', async () => {
  const { world, machine, admin, token } = await live();
  machine.line.down = (text) => {
    if (text.includes('request_id')) machine.faults.switchedOff = true;
    return text;
  };
  const answering = world.command(admin, token, { command: 'agent_info' });
  await world.clock.advance(5_000);
  expect((await answering).status).not.toBe(200);
  expect(world.hops.some((hop) => hop.includes('digest config.yaml'))).toBe(false);
  expect(machine.agent.session()).toBeNull();
});

test('a reason given for ending is the one on record', async () => {
  const { world, admin, session } = await live();
  const answer = await world.call(`/support/sessions/${session}/deactivate`, { pat: admin, body: { reason: 'found it: a loose cable' } });
  expect(answer.body).toMatchObject({ state: 'ended', ended_by: 'deactivate' });
  const { body } = await world.call(`/v1/tenants/${TENANT}/log/entries`, { method: 'GET', pat: admin });
  expect(JSON.stringify(body)).toContain('found it: a loose cable');
});

test('a live session stays live as long as the lease is renewed, and no longer than its time box', async () => {
  const { world, admin, token, machine } = await live();
  await world.clock.advance(4 * MINUTE);
  expect((await world.command(admin, token, { command: 'ping' })).status).toBe(200);
  await world.clock.advance(MINUTE);
  expect(machine.agent.session()).toBeNull();
});

test('when ticks stop arriving the machine falls asleep by itself within the lease', async () => {
  const { world, machine } = await live();
  await world.clock.advance(6_000);
  machine.line.down = () => null;
  await world.clock.advance(15_000);
  expect(machine.agent.session()).toBeNull();
  expect(machine.isShown()).toBe(false);
});

test('a short cut is survived by the same process: the session goes on', async () => {
  const { world, admin, token, machine } = await live();
  await world.clock.advance(6_000);
  await machine.cut();
  machine.mend();
  await world.clock.advance(4_000);
  expect(machine.agent.session()).not.toBeNull();
  expect((await world.command(admin, token, { command: 'ping' })).status).toBe(200);
});

test('after the time box the server says no by its own clock, even if no timer has fired', async () => {
  const { world, admin, token } = await live();
  world.clock.setWall(world.clock.now() + 5 * MINUTE);
  expect((await world.command(admin, token, { command: 'ping' })).body['code']).toBe('session_expired');
});

test('a newer connection of the agent takes over; the older one is closed and its questions fail', async () => {
  const { world, machine } = await live();
  const { socket, wire } = machine.line;
  expect(socket && wire).not.toBeNull();
  machine.line.socket = null;
  socket?.closed('the agent gave up on this line, the server has not noticed');
  await world.clock.advance(4_000);
  expect(world.api.lines.count()).toBe(1);
  expect(machine.agent.session()).not.toBeNull();
});

/** Guarantee: once a tenant's door is being shut, no command leaves and no result is given out. */
test.each([
  ['disarmed', (w: Ready) => w.world.call(`/support/tenants/${TENANT}/disarm`, { pat: w.admin, body: { reason: 'stop it now', confirm_tenant_id: TENANT } })],
  ['consent withdrawn', (w: Ready) => w.world.call(`/v1/tenants/${TENANT}/consent`, { method: 'DELETE', pat: w.admin, body: { reason: 'stop it now' } })],
  ['revoked', (w: Ready) => w.world.revoke(w.admin)],
])('%s while the machine answers: the result is withheld', async (_how, shut) => {
  const ready = await live();
  const { world, machine, admin, token } = ready;
  const held: string[] = [];
  machine.line.up = (text) => (held.length > 0 || text.includes('reply') ? (held.push(text), null) : text);
  const answering = world.command(admin, token, { command: 'ping' });
  await settle();
  expect(held).toHaveLength(1);
  expect((await shut(ready)).status).toBe(200);
  machine.line.up = (text) => text;
  for (const text of held) machine.line.wire?.message(text);
  const answer = await answering;
  expect(answer.body['code']).toBe('session_expired');
  expect(JSON.stringify(answer.body)).not.toContain('uptime');
  // It did act, and signed that it did: the record says so, and why nobody was given the result.
  expect(world.hops.filter((hop) => hop.includes('remote_support_command outcome')).at(-1)).toMatch(/ outcome ping ok session_expired$/);
});

test.each([
  ['the tenant is disarmed', (w: Ready) => w.world.call(`/support/tenants/${TENANT}/disarm`, { pat: w.admin, body: { reason: 'stop it now', confirm_tenant_id: TENANT } })],
  ['the agent is revoked', (w: Ready) => w.world.revoke(w.admin)],
])('a command whose intent is being written while %s does not leave', async (_what, shut) => {
  let duringIntent: (() => Promise<void>) | null = null;
  const ready = await readyWorld({
    log: (real) => ({
      ...real,
      async commit(batch) {
        const outcome = await real.commit(batch);
        if (batch.rows.some((row) => row.audit.command === 'ping' && row.audit.phase === 'intent')) await duringIntent?.();
        return outcome;
      },
    }),
  });
  const { world, machine, admin } = ready;
  const { body } = await world.activate(admin);
  let disarming: Promise<unknown> = Promise.resolve();
  duringIntent = async () => {
    disarming = shut(ready);
    await settle();
  };
  const answer = await world.command(admin, String(body['session_token']), { command: 'ping' });
  await disarming;
  expect(answer.body['code']).toBe('session_expired');
  expect(world.hops.some((hop) => hop.includes('"type":"command"'))).toBe(false);
  expect(machine.agent.counters()).toMatchObject({ commands: 0, dropped: 0 });
});

const shown = async ({ world, admin, session }: Ready & { session: string }) => (await world.call(`/support/sessions/${session}`, { method: 'GET', pat: admin })).body;
const inTheLog = ({ world }: Ready, type: string) => world.hops.filter((hop) => hop.includes(` ${type} `) && hop.includes(' log '));

test.each(Object.entries(endings).filter(([how]) => how !== 'agent_lost'))('%s: the signed last word of the machine completes the record', async (how, end) => {
  const ready = await live();
  await end(ready);
  await settle();
  if (how === 'server_shutdown') return expect(ready.world.hops.some((hop) => hop.includes('"how":"server_shutdown"'))).toBe(true); // for the next start to take
  const view = await shown(ready);
  expect(view).toMatchObject({ state: 'ended', ended_by: how, last_word: { state: 'signed', due_at: null } });
  expect([how, 'expired']).toContain((view['last_word'] as { how: string }).how);
  expect(inTheLog(ready, 'remote_support_session_ended')).toHaveLength(1);
});

/** Guarantee: a machine that never said that it is over on its side is an alarm, and not a second end. */
test('failed_to_close: shown and on record once when the last word does not come; completed when it comes after all', async () => {
  const ready = await live();
  const { world, machine, admin, session } = ready;
  await world.begin();
  await world.clock.advance(1_000); // so that it is not due in the very turn of the timer
  machine.line.up = () => null;
  await world.call(`/support/sessions/${session}/deactivate`, { pat: admin, body: {} });
  await machine.cut();
  expect(await shown(ready)).toMatchObject({ state: 'ended', ended_by: 'deactivate', last_word: { state: 'awaited' } });
  await world.clock.advance(LAST_WORD_WITHIN_MS - 1);
  expect(await shown(ready)).toMatchObject({ last_word: { state: 'awaited' } });
  await world.clock.advance(1);
  expect(await shown(ready)).toMatchObject({ last_word: { state: 'failed_to_close' } }); // by the clock, whoever has noticed
  await world.clock.advance(10_000);
  expect(inTheLog(ready, 'remote_support_session_failed_to_close')).toHaveLength(1);
  expect(inTheLog(ready, 'remote_support_session_closed')).toHaveLength(0);

  machine.line.up = (text) => text;
  machine.mend();
  await world.clock.advance(61_000);
  expect(await shown(ready)).toMatchObject({ state: 'ended', ended_by: 'deactivate', last_word: { state: 'signed', how: 'deactivate' } });
  for (const type of ['remote_support_session_ended', 'remote_support_session_failed_to_close', 'remote_support_session_closed']) expect(inTheLog(ready, type), type).toHaveLength(1);
  await world.api.close();
});

test('what the machine signed can be checked from the log alone, also when it came late and in other words than the end', async () => {
  const { world, machine, admin, session } = await live();
  machine.line.down = (text) => (text.includes('deactivate') ? null : text);
  await world.call(`/support/sessions/${session}/deactivate`, { pat: admin, body: {} });
  await world.clock.advance(5 * MINUTE); // it was never told; its own lease ran out
  const { body } = await world.call(`/v1/tenants/${TENANT}/log/entries`, { method: 'GET', pat: admin });
  const leaves = (body['entries'] as { leaf: string }[]).map((e) => JSON.parse(e.leaf) as Record<string, unknown>);
  const closed = leaves.find((leaf) => leaf['type'] === 'remote_support_session_closed') ?? {};
  expect(leaves.find((leaf) => leaf['type'] === 'remote_support_session_ended')).toMatchObject({ code: 'deactivate', by: 'operator' });
  const { instance, tenant, agent } = machine.trust;
  const said = closed['args_commit'] as { agent_said: string };
  const signed = { instance, tenant, agent, session, how: said.agent_said, at: String(closed['agent_at']) };
  expect(verifyValue(machine.identity.publicKeyText, 'end', signed, String(closed['agent_signature']))).toBe(true);
});

/** Guarantee: expiry needs no timer. The entry has the time of the end, not that of its writing. */
test('a session whose time was up had expired, whoever ends it later and why', async () => {
  const { world, admin, session } = await live();
  world.clock.setWall(world.clock.now() + 20 * MINUTE);
  const answer = await world.call(`/support/sessions/${session}/deactivate`, { pat: admin, body: { reason: 'too late' } });
  expect(answer.body).toMatchObject({ state: 'ended', ended_by: 'expired', ended_actor: 'server', ended_operator: null });
  expect(answer.body['ended_at']).toBe(answer.body['expires_at']);
});

test('ended twice by hand: both are told how it ended, and the first one did it', async () => {
  const { world, session } = await live();
  const [ana, eve] = [await world.newToken(['remote_support']), await world.newToken(['remote_support'], null, 'eve@argus.example')];
  const answers = [];
  for (const pat of [eve, ana, ana]) answers.push(await world.call(`/support/sessions/${session}/deactivate`, { pat, body: { reason: 'that is enough' } }));
  for (const { status, body } of answers) expect({ status, body }).toMatchObject({ status: 200, body: { ended_by: 'deactivate', ended_actor: 'operator', ended_operator: 'eve@argus.example' } });
  expect(world.hops.filter((h) => h.includes('remote_support_session_ended'))).toHaveLength(1);
});

/** Guarantee: ending is easier than starting, and still not for strangers. */
test('deactivate needs the scope and a fitting tenant, and neither network, ops token nor the session token', async () => {
  const ready = await live();
  const { world, session } = ready;
  const end = (pat: string) => world.call(`/support/sessions/${session}/deactivate`, { pat, body: {}, from: '203.0.113.9' });
  expect(await end(await world.newToken(['remote_support'], ['UTD_OTHER_002' as typeof TENANT]))).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
  expect(await end(await world.newToken(['remote_support:arm', 'tenants:read']))).toMatchObject({ status: 403, body: { code: 'missing_role' } });
  expect(await shown(ready)).toMatchObject({ state: 'active', last_word: null, ended_actor: null });
  expect(await end(await world.newToken(['remote_support'], [TENANT]))).toMatchObject({ status: 200, body: { state: 'ended' } });
});

test('no view of a session holds its token', async () => {
  const { world, admin, token, session } = await live();
  for (const path of ['/support/sessions', `/support/sessions?tenant=${TENANT}`, `/support/sessions/${session}`])
    expect(JSON.stringify((await world.call(path, { method: 'GET', pat: admin })).body)).not.toContain(token.slice(4));
});

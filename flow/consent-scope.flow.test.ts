import { isoTime, settle } from '@argus/kit/clock.ts';
import { COMMANDS } from '@argus/protocol/commands/index.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { consentLeaf } from '../apps/ops-api/test/sample.ts';
import { readyWorld } from './ready-world.ts';
import { AGENT, DOCUMENT, OPS_TOKEN, START, TENANT } from './world.ts';

const MINUTE = 60_000;
/** START is a Sunday at noon in Greenwich, 13:00 in Berlin. */
const hours = (from: string, to: string, days: readonly string[] = ['sun']) => ({ time_zone: 'Europe/Berlin', windows: [{ days, from, to }] });
type Ready = Awaited<ReturnType<typeof readyWorld>>;

const record = ({ world, admin }: Ready, scope: unknown, over: object = {}) =>
  world.call(`/v1/tenants/${TENANT}/consent`, {
    method: 'PUT',
    pat: admin,
    body: { ...DOCUMENT, signed_at: isoTime(START - 86_400_000), signer: { name: 'Kim Park', email: 'kim@tenant.example' }, scope, ...over },
  });

const arm = ({ world, admin }: Ready) => world.call(`/support/tenants/${TENANT}/arm`, { pat: admin, body: { reason: 'contract 2026', confirm_tenant_id: TENANT } });

async function under(scope: unknown): Promise<Ready> {
  const ready = await readyWorld();
  for (const done of [await record(ready, scope), await arm(ready)]) if (done.status !== 200) throw new Error(JSON.stringify(done.body));
  return ready;
}
async function live(scope: unknown, minutes = 30) {
  const ready = await under(scope);
  const opened = await ready.world.activate(ready.admin, { minutes });
  const token = String(opened.body['session_token']);
  const run = (command: string) => ready.world.command(ready.admin, token, { command });
  return { ...ready, opened, run };
}

test('the scope of a consent is shown with its tenant, as it was recorded', async () => {
  const scope = { agents: ['agent_somebody_else'], commands: ['ping'], hours: hours('08:00', '13:00') };
  const shown = async ({ world, admin }: Ready) => (await world.call(`/v1/tenants/${TENANT}`, { method: 'GET', pat: admin })).body['consent_scope'];
  expect(await shown(await under(scope))).toEqual(scope);
  expect(await shown(await under(undefined))).toBeNull();
});

test.each<[string, unknown, string]>([
  ['hours that are over', { hours: hours('08:00', '13:00') }, 'the consent is for other hours; the next begin at 2026-03-08T07:00:00.000Z'],
  ['hours that have not begun', { hours: hours('13:01', '24:00') }, 'the consent is for other hours; the next begin at 2026-03-01T12:01:00.000Z'],
  ['another day', { hours: hours('00:00', '24:00', ['sat', 'mon']) }, 'the consent is for other hours; the next begin at 2026-03-01T23:00:00.000Z'],
  ['another agent', { agents: ['agent_somebody_else'] }, 'the consent names other agents'],
])('a consent for %s opens no session, says why, and the machine hears nothing', async (_what, scope, problem) => {
  const { world, admin, machine } = await under(scope);
  world.hops.length = 0;
  expect(await world.activate(admin)).toMatchObject({ status: 403, body: { code: 'tenant_consent_required', problems: [problem] } });
  expect(world.hops).toEqual([expect.stringContaining('remote_support_activation fact refused tenant_consent_required')]);
  expect(machine.isShown()).toBe(false);
});

/** Guarantee: what the tenant consented to is told to nobody who does not come that far. */
test('outside the hours, whoever lacks the network, a factor or the tenant hears what they hear within them', async () => {
  const said = async (scope: unknown) => {
    const { world, admin } = await under(scope);
    const other = await world.newToken(['remote_support'], [mustId('tenant', 'UTD_OTHER_002')]);
    const path = `/support/agents/${AGENT}/activate`;
    const ops = { 'x-argus-ops-token': OPS_TOKEN };
    const answers = [
      await world.call(path, { pat: admin, headers: ops, body: world.activation(), from: '203.0.113.9' }),
      await world.call(path, { pat: admin, body: world.activation() }),
      await world.call(path, { headers: ops, body: world.activation() }),
      await world.call(path, { pat: other, headers: ops, body: world.activation() }),
    ];
    return answers.map(({ body }) => ({ ...body, request_id: 0 }));
  };
  const outside = await said({ hours: hours('08:00', '09:00') });
  expect(outside).toEqual(await said(undefined));
  expect(outside.map((body) => (body as Record<string, unknown>)['code'])).toEqual(['ip_not_allowlisted', 'bad_ops_token', 'missing_role', 'agent_not_found']);
});

test('within its hours, for this agent, a session opens, and the entry carries the scope as it was signed', async () => {
  const scope = { agents: [AGENT], hours: hours('13:00', '18:00') };
  const { world, admin, opened } = await live(scope);
  expect(opened.status).toBe(201);
  const { body } = await world.call(`/v1/tenants/${TENANT}/log/entries`, { method: 'GET', pat: admin });
  const leaves = (body['entries'] as { leaf: string }[]).map(({ leaf }) => JSON.parse(leaf) as { type: string; phase: string; args_commit?: { scope?: string } });
  const of = (type: string) => leaves.findLast((leaf) => leaf.type === type && leaf.phase !== 'outcome')?.args_commit?.scope;
  expect(JSON.parse(of('remote_support_activation') ?? '')).toEqual(scope);
  expect(of('remote_support_activation')).toBe(of('consent_recorded'));
});

/** Guarantee: a session ends with the hours that were signed for, on both sides, and not a minute later. */
test('a session that would outlast the hours ends with them: token, indicator and machine', async () => {
  const { world, machine, opened, run } = await live({ hours: hours('13:00', '13:20') });
  expect(opened.body['expires_at']).toBe(isoTime(START + 20 * MINUTE));
  await world.clock.advance(20 * MINUTE - 1);
  expect((await run('ping')).status).toBe(200);
  expect(machine.isShown()).toBe(true);
  await world.clock.advance(1);
  expect((await run('ping')).body['code']).toBe('session_expired');
  expect([machine.agent.session(), machine.isShown()]).toEqual([null, false]);
  expect(world.hops.filter((hop) => hop.includes('remote_support_session_ended fact ok expired'))).toHaveLength(1);
});

test('the machine ends it by itself when the server does not', async () => {
  const { world, machine } = await live({ hours: hours('13:00', '13:20') });
  machine.line.down = (text) => (text.includes('deactivate') ? null : text);
  await world.clock.advance(20 * MINUTE);
  expect([machine.agent.session(), machine.isShown()]).toEqual([null, false]);
});

test('a session ends with the consent itself, when that expires first', async () => {
  const ready = await readyWorld();
  await record(ready, undefined, { expires_at: isoTime(START + 10 * MINUTE) });
  await arm(ready);
  expect((await ready.world.activate(ready.admin)).body['expires_at']).toBe(isoTime(START + 10 * MINUTE));
});

/** Guarantee: the machine was told when the consent ends, in the entry, and does not outlast it, whatever the server does. */
test.each(['the server ends it', 'the server says nothing'])('a session under a consent that expires is over with it on the machine: %s', async (how) => {
  const ready = await readyWorld();
  await record(ready, undefined, { expires_at: isoTime(START + 10 * MINUTE) });
  await arm(ready);
  const { world, admin, machine } = ready;
  const token = String((await world.activate(admin)).body['session_token']);
  if (how !== 'the server ends it') machine.line.down = (text) => (text.includes('deactivate') ? null : text);
  await world.clock.advance(10 * MINUTE - 1);
  expect((await world.command(admin, token, { command: 'ping' })).status).toBe(200);
  expect(machine.isShown()).toBe(true);
  await world.clock.advance(1);
  expect([machine.agent.session(), machine.isShown()]).toEqual([null, false]);
  expect((await world.command(admin, token, { command: 'ping' })).body['code']).toBe('session_expired');
  expect(world.hops.filter((hop) => hop.includes('remote_support_session_ended fact ok expired'))).toHaveLength(1);
  expect((await world.activate(admin)).body['code']).toBe('tenant_consent_required');
});

test('a consent whose expiry is brought forward while a session is live ends it at once, on both sides', async () => {
  const ready = await live(undefined);
  await record(ready, undefined, { expires_at: isoTime(START + MINUTE) });
  await settle();
  expect([ready.machine.agent.session(), ready.machine.isShown()]).toEqual([null, false]);
  expect((await ready.run('ping')).body['code']).toBe('session_expired');
});

test('commands that are named run, others are refused before they leave', async () => {
  const { world, run, machine } = await live({ commands: ['ping'] });
  expect((await run('ping')).status).toBe(200);
  world.hops.length = 0;
  expect(await run('agent_info')).toMatchObject({ status: 403, body: { code: 'consent_scope_exceeded', problems: ['the consent names other commands'] } });
  expect(world.hops).toEqual([expect.stringContaining('remote_support_command fact agent_info refused consent_scope_exceeded')]);
  expect(machine.agent.counters().commands).toBe(1);
});

/** What the server reads of the consent of a live session from now on, entry and all: nobody came through its doors. */
function readsAs({ world }: Ready, scope: unknown): void {
  const { bySecretHash } = world.stores.sessions;
  world.stores.sessions.bySecretHash = async (hash) => {
    const found = await bySecretHash(hash);
    const consent = found?.tenant.consent && { ...found.tenant.consent, scope: scope as NonNullable<typeof found.tenant.consent>['scope'] };
    return found && consent ? { ...found, tenant: { ...found.tenant, consent, consentLeaf: consentLeaf(TENANT, consent) } } : found;
  };
}

test('the consent as it stands now counts for every command, and not the one the session was opened under', async () => {
  const ready = await live(undefined);
  expect((await ready.run('agent_info')).status).toBe(200);
  for (const [scope, command] of [[{ commands: ['ping'] }, 'agent_info'], [{ agents: ['agent_somebody_else'] }, 'ping'], [{ hours: hours('08:00', '09:00') }, 'ping']] as const) {
    readsAs(ready, scope);
    const { body } = await ready.run(command);
    expect([body['code'], body['refused_by']]).toEqual(['consent_scope_exceeded', undefined]); // the server itself
  }
});

/** Guarantee: the machine keeps to the scope it was woken under, also when the server does not ask any more. */
test.each(['widened', 'replaced by everything'])('a consent that is %s while a session is live does not widen the session on the machine', async (how) => {
  const ready = await live({ commands: ['ping'] });
  readsAs(ready, how === 'widened' ? { commands: ['ping', 'agent_info'] } : null);
  ready.world.hops.length = 0;
  expect(await ready.run('agent_info')).toMatchObject({ status: 403, body: { code: 'consent_scope_exceeded', refused_by: 'machine', problems: [expect.stringContaining('The machine itself said so'), expect.stringContaining('argus-agent consent show')] } });
  expect(ready.world.hops.some((hop) => hop.includes('"type":"command"'))).toBe(true); // the server sent it
  expect(ready.world.hops.some((hop) => hop.includes('digest config.yaml'))).toBe(false);
  expect((await ready.run('ping')).status).toBe(200);
});

test('a scope too long for an entry is carried beside it, and holds', async () => {
  const cameras = Array.from({ length: 300 }, (_, i) => `cam_${i}`);
  const { world, opened, run } = await live({ cameras, commands: ['ping'] });
  expect(opened.status).toBe(201);
  expect(world.hops.find((hop) => hop.includes('"type":"activate"'))).toContain('cam_299');
  expect((await run('agent_info')).body['code']).toBe('consent_scope_exceeded');
});

/** Guarantee: only the text whose digest is in the owner's log counts. */
test.each<[string, (frame: Record<string, unknown>) => Record<string, unknown>]>([
  ['changed', (frame) => ({ ...frame, scope: 'everything' })],
  ['left out', ({ scope: _scope, ...frame }) => frame],
])('a long scope that is %s on the way wakes nobody', async (_how, change) => {
  const ready = await under({ cameras: Array.from({ length: 300 }, (_, i) => `cam_${i}`) });
  const { world, admin, machine } = ready;
  const line = world.api.lines.line(AGENT) ?? expect.fail('it is not on the line');
  const { activate } = line;
  const changed = change({ scope: 'as it was' })['scope'];
  Object.assign(line, { activate: (ask: Parameters<typeof activate>[0], ms: number) => activate({ ...ask, scope: changed as string | undefined }, ms) });
  expect(await world.activate(admin)).toMatchObject({ status: 403, body: { code: 'tenant_consent_required' } });
  expect([machine.agent.session(), machine.isShown()]).toEqual([null, false]);
});

/** Guarantee: a row edited by hand widens nothing: not the hours, not the agents, not the commands. */
test.each([{ hours: hours('00:00', '24:00') }, { agents: [AGENT] }, { commands: COMMANDS.map((c) => c.name) }, null])('the row edited to %j opens nothing', async (edited) => {
  const { world, admin } = await under({ hours: hours('08:00', '09:00'), agents: ['agent_somebody_else'], commands: [] });
  const { byId } = world.stores.tenants;
  world.stores.tenants.byId = async (id) => {
    const tenant = await byId(id);
    return tenant && { ...tenant, consent: tenant.consent && { ...tenant.consent, scope: edited as never } };
  };
  expect(await world.activate(admin)).toMatchObject({ status: 403, body: { code: 'tenant_consent_required' } });
});

/** Red line: nothing in a consent widens what a machine can do. */
test.each<[string, unknown, string]>([
  ['a command nobody has', { commands: ['ping', 'shell'] }, 'scope.commands'],
  ['every command by a star', { commands: ['*'] }, 'scope.commands'],
  ['files', { files: ['/etc/passwd'] }, 'scope'],
  ['a window over midnight', { hours: hours('22:00', '06:00') }, 'scope.hours.windows'],
  ['a zone nobody knows', { hours: { ...hours('08:00', '18:00'), time_zone: 'Mars/Olympus' } }, 'scope.hours.time_zone'],
])('a scope that names %s is not recorded', async (_what, scope, where) => {
  const ready = await readyWorld();
  const { hops } = ready.world;
  const before = hops.length;
  const answer = await record(ready, scope);
  expect(answer).toMatchObject({ status: 422, body: { code: 'bad_request' } });
  expect(JSON.stringify(answer.body['problems'])).toContain(where);
  expect(hops.length).toBe(before);
});

/** Guarantee: what an operator types is what everybody reads; what does not print is refused, and nothing is written. */
test.each([
  ['a reason with a terminal escape', ({ world, admin }: Ready) => world.activate(admin, { reason: 'look\u001B[2J\u001B[31m here' }), 'reason'],
  ['a reason that is written backwards', ({ world, admin }: Ready) => world.activate(admin, { reason: 'open \u202Etxt.exe' }), 'reason'],
  ['a reason of nothing but fillers', ({ world, admin }: Ready) => world.activate(admin, { reason: '\u3164\u3164\u3164\u3164' }), 'reason'],
  ['a signer with a zero-width space', (ready: Ready) => record(ready, undefined, { signer: { name: 'Kim\u200BPark', email: 'kim@tenant.example' } }), 'signer.name'],
  ['a tenant with a line break in its name', ({ world, admin }: Ready) => world.call('/v1/tenants', { pat: admin, body: { id: 'EVIL_1', name: 'Evil\nconsent: signed' } }), 'name'],
] as const)('%s is refused', async (_what, attempt, field) => {
  const ready = await readyWorld();
  ready.world.hops.length = 0;
  const answer = await attempt(ready);
  await settle();
  expect(answer).toMatchObject({ status: 422, body: { code: 'bad_request' } });
  expect(JSON.stringify(answer.body['problems'])).toContain(`${field}: has characters that do not print`);
  expect(ready.world.hops.filter((hop) => !hop.includes('fact refused bad_request'))).toEqual([]);
  for (const hidden of ['\u001B', '\u202E', '\u3164', '\u200B', 'Evil']) expect(ready.world.hops.join('')).not.toContain(hidden);
});

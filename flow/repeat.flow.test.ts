import { settle } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { ANSWERS_KEPT_MS } from '../apps/ops-api/src/support/repeat.ts';
import { readyWorld } from './ready-world.ts';
import { OPS_TOKEN, TENANT, type WorldOptions } from './world.ts';

const ID = 'till-0042-first';
type Body = Readonly<Record<string, unknown>>;

async function live(options: WorldOptions = {}) {
  const ready = await readyWorld(options);
  const { world, admin, machine } = ready;
  const { body } = await world.activate(admin);
  const token = String(body['session_token']);
  const ask = (over: Body = {}) => world.command(admin, token, { command: 'ping', request_id: ID, ...over });
  const leaves = () => world.hops.filter((hop) => hop.includes(' log ')).length;
  const ran = () => machine.agent.counters().commands;
  /** Keeps back what the machine answers; the answer lets it through. */
  const hold = () => {
    const held: string[] = [];
    machine.line.up = (text) => (held.length > 0 || text.includes('reply') ? (held.push(text), null) : text);
    return async () => {
      machine.line.up = (text) => text;
      for (const text of held) machine.line.wire?.message(text);
      await settle();
    };
  };
  return { ...ready, session: String(body['session_id']), token, ask, leaves, ran, hold };
}

/** Guarantee: a client whose connection broke asks again and gets the very same answer; nothing is done, nothing is written. */
test('the same request again is the same answer, to the byte, and leaves no entry', async () => {
  const { ask, leaves, ran } = await live();
  const first = await ask();
  const before = leaves();
  expect(first.status).toBe(200);
  expect(await ask()).toEqual(first);
  expect(await ask()).toEqual(first);
  expect([ran(), leaves()]).toEqual([1, before]);
});

test('asked again while the first still runs, both get the one answer', async () => {
  const { ask, ran, hold } = await live();
  const letThrough = hold();
  const [first, second] = [ask(), ask()];
  await settle();
  const third = ask();
  await settle();
  await letThrough();
  const answers = await Promise.all([first, second, third]);
  expect(answers[0]?.status).toBe(200);
  expect(answers).toEqual([answers[0], answers[0], answers[0]]);
  expect(ran()).toBe(1);
});

test('fifty at once under one id: one runs, all are told', async () => {
  const { ask, ran, leaves } = await live();
  const before = leaves();
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask()));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect([answers[0]?.status, ran(), leaves() - before]).toEqual([200, 1, 2]);
});

test('when the result is gone the receipt is still there, the same as at first', async () => {
  const { ask, world, ran, leaves } = await live();
  const first = await ask();
  await world.clock.advance(ANSWERS_KEPT_MS);
  const before = leaves();
  const again = await ask();
  expect(again).toMatchObject({ status: 410, body: { code: 'result_gone', receipt: first.body['receipt'] } });
  expect(JSON.stringify(again.body)).not.toContain('uptime');
  expect([ran(), leaves()]).toEqual([1, before]);
});

test('a refusal by the machine is told again as that refusal, also from the log', async () => {
  const { ask, machine, world } = await live();
  machine.faults.witness = true;
  expect((await ask()).body['code']).toBe('not_in_log');
  machine.faults.witness = false;
  expect((await ask()).body['code']).toBe('not_in_log');
  await world.clock.advance(ANSWERS_KEPT_MS);
  expect((await ask()).body['code']).toBe('not_in_log');
  expect(machine.agent.counters().commands).toBe(0);
});

const others: readonly (readonly [string, (w: Awaited<ReturnType<typeof live>>) => Promise<{ status: number; body: Body }>])[] = [
  ['for another command', ({ ask }) => ask({ command: 'agent_info' })],
  [
    'from another session',
    async ({ world, admin, session }) => {
      await world.call(`/support/sessions/${session}/deactivate`, { pat: admin, body: {} });
      const { body } = await world.activate(admin);
      return world.command(admin, String(body['session_token']), { command: 'ping', request_id: ID });
    },
  ],
];
test.each(others.flatMap(([what, use]) => [[what, 'at once', use] as const, [what, 'from the log', use] as const]))(
  'the same id %s, %s, is refused, is on record as a refusal, and does nothing',
  async (_what, when, use) => {
    const w = await live();
    await w.ask();
    if (when === 'from the log') await w.world.clock.advance(ANSWERS_KEPT_MS);
    w.world.hops.length = 0;
    expect(await use(w)).toMatchObject({ status: 409, body: { code: 'request_id_reused' } });
    expect(w.world.hops.filter((hop) => hop.includes('remote_support_command') && hop.includes(' log '))).toEqual([
      expect.stringContaining('remote_support_command fact'),
    ]);
    expect(w.ran()).toBe(1);
  },
);

/** Guarantee: the whole ladder is climbed for every repeat: what was shown once is not shown to whoever comes later. */
test.each([
  ['after the session ended', async ({ world, admin, session }: Awaited<ReturnType<typeof live>>) => world.call(`/support/sessions/${session}/deactivate`, { pat: admin, body: {} }), 'session_expired'],
  ['after the tenant was disarmed', async ({ world, admin }: Awaited<ReturnType<typeof live>>) => world.call(`/support/tenants/${TENANT}/disarm`, { pat: admin, body: { reason: 'stop it now', confirm_tenant_id: TENANT } }), 'session_expired'],
] as const)('%s the same request is not answered again', async (_when, end, code) => {
  const w = await live();
  await w.ask();
  await end(w);
  const again = await w.ask();
  expect(again.body['code']).toBe(code);
  expect(JSON.stringify(again.body)).not.toContain('uptime');
});

test('from somebody else\'s credential, or another network, it is the refusal it always was', async () => {
  const w = await live();
  await w.ask();
  const eve = await w.world.newToken(['remote_support'], null, 'eve@argus.example');
  const body = { command: 'ping', request_id: ID };
  expect((await w.world.command(eve, w.token, body)).body['code']).toBe('session_mismatch');
  const from = await w.world.call(`/support/tenants/${TENANT}/command`, { pat: w.admin, headers: { 'x-argus-session': w.token, 'x-argus-ops-token': OPS_TOKEN }, body, from: '203.0.113.9' });
  expect(from.body['code']).toBe('ip_not_allowlisted');
});

test('a request without an id of its own is a new one each time', async () => {
  const { world, admin, token, ran } = await live();
  const [one, two] = [await world.command(admin, token, { command: 'ping' }), await world.command(admin, token, { command: 'ping' })];
  expect([one.status, two.status, ran()]).toEqual([200, 200, 2]);
  expect(one.body['request_id']).not.toBe(two.body['request_id']);
});

/** Guarantee: an end beats what is waited for, too. */
test('the tenant is disarmed while two wait for one answer: neither gets the result', async () => {
  const { ask, hold, world, admin } = await live();
  const letThrough = hold();
  const both = [ask(), ask()];
  await settle();
  await world.call(`/support/tenants/${TENANT}/disarm`, { pat: admin, body: { reason: 'stop it now', confirm_tenant_id: TENANT } });
  await letThrough();
  for (const answer of await Promise.all(both)) {
    expect(answer.body['code']).toBe('session_expired');
    expect(JSON.stringify(answer.body)).not.toContain('uptime');
  }
});

/** Guarantee: once a tenant's door is being shut, no result is given out again, before anything of it is written. */
test('the same request while the tenant is being disarmed is not answered again', async () => {
  let disarmed: () => void = () => undefined;
  const w = await live({
    log: (real) => ({
      ...real,
      async commit(batch) {
        if (batch.deeds.some(({ deed }) => deed.do === 'disarm')) await new Promise<void>((resolve) => (disarmed = resolve));
        return real.commit(batch);
      },
    }),
  });
  await w.ask();
  const disarming = w.world.call(`/support/tenants/${TENANT}/disarm`, { pat: w.admin, body: { reason: 'stop it now', confirm_tenant_id: TENANT } });
  await settle();
  const again = await w.ask();
  expect(again.body['code']).toBe('session_expired');
  expect(JSON.stringify(again.body)).not.toContain('uptime');
  disarmed();
  expect((await disarming).status).toBe(200);
});

/** Guarantee: the machine alone keeps to it, also when the server forgets what it logged: here its log takes an id twice. */
test('a server that logs the same request twice is refused by the machine', async () => {
  const w = await live({
    log: (real) => ({
      ...real,
      commit: (batch) => real.commit({ ...batch, rows: batch.rows.map((row) => ({ ...row, audit: { ...row.audit, request_id: null } })) }),
    }),
  });
  expect((await w.ask()).status).toBe(200);
  await w.world.clock.advance(ANSWERS_KEPT_MS);
  w.world.hops.length = 0;
  expect(await w.ask()).toMatchObject({ status: 409, body: { code: 'request_id_reused' } });
  expect(w.world.hops.filter((hop) => hop.includes('"type":"command"'))).toHaveLength(1); // it was sent, with a proof that holds
  expect(w.world.hops.at(-1)).toContain('remote_support_command outcome ping refused request_id_reused');
  expect(w.ran()).toBe(1);
});

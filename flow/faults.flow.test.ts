import { settle } from '@argus/kit/clock.ts';
import { recoverOpenIntents } from '../apps/ops-api/src/ledger/recover.ts';
import type { LogStore } from '../apps/ops-api/src/ports.ts';
import { expect, test } from 'vitest';
import { readyWorld } from './ready-world.ts';

/** A log whose database can be taken away. */
function fragile() {
  const state = { isDown: false, downAfter: Number.POSITIVE_INFINITY, commits: 0 };
  const log = (real: LogStore): LogStore => ({
    ...real,
    async commit(batch) {
      if (state.isDown || state.commits >= state.downAfter) throw new Error('the database is gone');
      state.commits++;
      return real.commit(batch);
    },
  });
  return { state, log };
}

test('when the intent cannot be written the command does not happen', async () => {
  const { state, log } = fragile();
  const { world, admin, machine } = await readyWorld({ log });
  const { body } = await world.activate(admin);
  state.isDown = true;
  const answer = await world.command(admin, String(body['session_token']), { command: 'ping' });
  expect(answer).toMatchObject({ status: 503, body: { code: 'audit_unavailable' } });
  expect(machine.agent.counters().commands).toBe(0);
});

test('when the outcome cannot be written the result is withheld', async () => {
  const { state, log } = fragile();
  const { world, admin, machine } = await readyWorld({ log });
  const { body } = await world.activate(admin);
  state.downAfter = state.commits + 1;
  const answer = await world.command(admin, String(body['session_token']), { command: 'ping' });
  expect(answer).toMatchObject({ status: 503, body: { code: 'outcome_unrecorded' } });
  expect(JSON.stringify(answer.body)).not.toContain('uptime');
  expect(machine.agent.counters().commands).toBe(1);
});

test('a refusal stays a refusal when the audit database is down', async () => {
  const { state, log } = fragile();
  const { world, admin } = await readyWorld({ log });
  state.isDown = true;
  expect(await world.activate(admin, { minutes: 999 })).toMatchObject({ status: 422, body: { code: 'bad_request' } });
});

test('ending does not wait for the log: the machine sleeps at once, the record follows when the database is back, once', async () => {
  const { state, log } = fragile();
  const { world, machine, admin } = await readyWorld({ log });
  await world.activate(admin, { minutes: 5 });
  state.isDown = true;
  await world.clock.advance(5 * 60_000);
  expect(machine.agent.session()).toBeNull();
  expect(world.hops.some((h) => h.includes('session_ended'))).toBe(false);
  state.isDown = false;
  await world.clock.advance(2_000);
  expect(world.hops.filter((h) => h.includes('remote_support_session_ended'))).toHaveLength(1);
});

test('a server that died between intent and outcome says unknown at its next start, once, and the session is over', async () => {
  const { world, admin, machine } = await readyWorld();
  const { body } = await world.activate(admin);
  machine.line.down = (text) => (text.includes('\\"command\\"') ? null : text);
  void world.command(admin, String(body['session_token']), { command: 'ping' });
  await settle();
  expect(world.hops.at(-2)).toContain('remote_support_command intent ping');

  const intents = await world.stores.leaves.openIntents(world.node.id, 2);
  expect(intents).toHaveLength(1);
  const ledger = world.api.ledger;
  expect(await recoverOpenIntents({ log: world.stores.leaves, ledger, clock: world.clock }, world.node.id, 2)).toBe(1);
  expect(await recoverOpenIntents({ log: world.stores.leaves, ledger, clock: world.clock }, world.node.id, 2)).toBe(0);
  expect(world.hops.at(-1)).toContain('remote_support_command outcome ping unknown server_shutdown');
  expect(machine.agent.counters().commands).toBe(0);
});

test('a machine that refuses goes on following the log: the next act is found in it, on the same line', async () => {
  const { world, admin, machine } = await readyWorld();
  machine.faults.indicator = true;
  expect(await world.activate(admin)).toMatchObject({ body: { code: 'indicator_failed' } });
  machine.faults.indicator = false;
  const connections = () => world.hops.filter((hop) => hop.includes('"type":"h1"')).length;
  const before = connections();
  const { status, body } = await world.activate(admin);
  expect(status).toBe(201);
  const many = await Promise.all(Array.from({ length: 40 }, () => world.command(admin, String(body['session_token']), { command: 'ping' })));
  const codes = many.map((answer) => (answer.status === 200 ? 'ok' : String(answer.body['code'])));
  expect([...new Set(codes)].filter((code) => code !== 'ok' && code !== 'rate_limited')).toEqual([]);
  expect(codes.filter((code) => code === 'ok').length).toBeGreaterThanOrEqual(32);
  expect(await world.command(admin, String(body['session_token']), { command: 'ping' })).toMatchObject({ status: 200 });
  expect(connections()).toBe(before);
});

test('a refusal by the machine is an honest refusal, also when it does not find the act in the log', async () => {
  const { world, admin, machine } = await readyWorld();
  const { body } = await world.activate(admin);
  machine.forget({ ...machine.followed(), size: machine.followed().size - 1 });
  const answer = await world.command(admin, String(body['session_token']), { command: 'ping' });
  expect(answer).toMatchObject({ status: 409, body: { code: 'not_in_log' } });
  expect(machine.agent.counters().commands).toBe(0);
});

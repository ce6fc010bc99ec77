import { patiently } from '@argus/testkit/patience.ts';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { setTimeout as pause } from 'node:timers/promises';
import { ready, type Ready, type Session } from './ready.ts';
import { until } from './until.ts';

/** Real seconds pass here, and nowhere else: the lease is 15 s by the machine's own clocks. */
const LEASE_MS = 15_000;

let world: Ready;
let session: Session;
beforeAll(async () => {
  world = await ready();
});
beforeEach(async () => {
  await world.restartAgent();
  session = await world.activate();
  expect(world.machine.status()).toMatchObject({ remote_support: 'live', session: session.id });
});

test('a machine that was frozen past its lease is dormant before it does anything: what waited for it is not run', async () => {
  const before = world.machine.highestActed();
  world.agent().signal('SIGSTOP');
  await pause(LEASE_MS - 1_000);
  const answering = world.command(session, 'ping', { request_id: 'req_while_frozen' });
  await pause(3_000);
  world.agent().signal('SIGCONT');
  await until(() => world.machine.status().remote_support === 'dormant', patiently(1_000));
  expect(await answering).toMatchObject({ status: 504, body: { code: 'command_timed_out' } });
  expect(world.machine.highestActed()).toBe(before);
  expect(world.agent().stdout()).not.toContain('req_while_frozen');
  const log = await world.verify();
  expect(log.entries.filter(({ leaf }) => leaf.request_id === 'req_while_frozen').map(({ leaf }) => leaf.outcome)).toEqual([undefined, 'unknown']);
  // The machine says that it is over, and is believed: nobody has to wait for the time box.
  expect(await untilEnded()).toMatchObject({ ended_by: 'agent_lost' });
});

test('a machine that was frozen for less than its lease goes on where it was', async () => {
  world.agent().signal('SIGSTOP');
  await pause(4_000);
  world.agent().signal('SIGCONT');
  expect(await world.command(session, 'ping')).toMatchObject({ status: 200 });
  expect(world.machine.status()).toMatchObject({ remote_support: 'live', session: session.id });
});

test('a machine whose line is silent both ways falls asleep by itself when its lease is over', async () => {
  world.proxy.hold('down');
  world.proxy.hold('up');
  const from = performance.now();
  await until(() => world.machine.status().remote_support === 'dormant', LEASE_MS + 5_000);
  expect(performance.now() - from).toBeGreaterThan(LEASE_MS - 5_500); // it was renewed at most 5 s before
  expect(performance.now() - from).toBeLessThan(LEASE_MS + patiently(1_000));
  world.proxy.cut();
  world.proxy.release('down');
  world.proxy.release('up');
  await world.untilOnline();
  expect(await untilEnded()).toMatchObject({ ended_by: 'agent_lost' });
  await world.verify();
});

test('after kill -9 of the server the machine is free for a new session at the latest when its lease is over', async () => {
  await world.restartApi();
  await world.untilOnline();
  expect(await untilEnded()).toMatchObject({ ended_by: 'server_shutdown' });
  await until(() => world.machine.status().remote_support === 'dormant', LEASE_MS + patiently(1_000));
  const next = await world.activate();
  expect(await world.command(next, 'ping')).toMatchObject({ status: 200 });
});

const untilEnded = () =>
  until(async () => {
    const { body } = await world.get(`/support/sessions/${session.id}`);
    return body['state'] === 'ended' && body;
  }, 10_000);

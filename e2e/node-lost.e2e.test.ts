/** Two real servers on one real database, and one of them is gone. Real seconds pass here: a node has to be silent for some. */
import { SILENT_FOR_MS } from '@argus/ops-api/nodes/lease.ts';
import { expect, test } from 'vitest';
import { activation, ready } from './ready.ts';
import { startSecondNode } from './second-node.ts';
import { until } from './until.ts';

test('a node that is killed together with the machine and never comes back: the other one ends its session, fenced by its lease', async () => {
  const world = await ready();
  const second = await startSecondNode(world);
  const session = await world.activate();
  await Promise.all([world.api().kill(), world.agent().kill()]);
  const from = performance.now();
  await until(async () => (await second.shown(session))['state'] === 'ended', SILENT_FOR_MS + 20_000);
  expect(performance.now() - from).toBeGreaterThan(SILENT_FOR_MS - 6_000); // it counted on at most 5 s before
  expect(await second.shown(session)).toMatchObject({ ended_by: 'server_shutdown', ended_actor: 'server', last_word: { state: 'awaited' } });

  world.proxy.aim(second.api.port);
  const daemon = world.machine.run();
  const again = () => second.post(`/support/agents/${world.machine.id}/activate`, activation());
  await until(async () => (await again()).status === 201, 60_000);
  expect(await daemon.stop()).toBe('exit 0');
});

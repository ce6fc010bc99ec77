import { expect, test } from 'vitest';
import { AGENT, TENANT } from './world.ts';
import { readyWorld } from './ready-world.ts';

type Alert = { readonly kind: string; readonly tenant_id: string | null; readonly agent_id: string | null; readonly times: number };
const alertsOf = async (world: Awaited<ReturnType<typeof readyWorld>>['world'], pat: string) => {
  const { body } = await world.call('/v1/alerts', { method: 'GET', pat });
  return body['alerts'] as readonly Alert[];
};

test('a fork that an agent saw reaches people as one alert, however often the agent tells', async () => {
  const { world, admin, machine } = await readyWorld();
  machine.forget({ ...machine.followed(), fork: 'another checkpoint' }); // as its journal says after a fork
  await world.clock.advance(5 * 60_000);
  expect(await alertsOf(world, admin)).toMatchObject([{ kind: 'log_forked', tenant_id: TENANT, agent_id: AGENT }]);
});

test('an agent that is offline is one alert of the ordinary kind, and its operator was not kept waiting', async () => {
  const { world, admin, machine } = await readyWorld();
  await machine.cut();
  for (let i = 0; i < 3; i++) expect(await world.activate(admin)).toMatchObject({ status: 409, body: { code: 'agent_offline' } });
  await world.clock.advance(1_000);
  expect(await alertsOf(world, admin)).toMatchObject([{ kind: 'failed_activation', times: 3 }]);
});

test('a day of honest work trips no wire', async () => {
  const { world, admin } = await readyWorld();
  const { body } = await world.activate(admin);
  expect(await world.command(admin, String(body['session_token']), { command: 'ping' })).toMatchObject({ status: 200 });
  await world.call(`/support/sessions/${String(body['session_id'])}/deactivate`, { pat: admin, body: {} });
  await world.clock.advance(86_400_000);
  expect(await alertsOf(world, admin)).toEqual([]);
});

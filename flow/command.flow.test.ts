import { settle } from '@argus/kit/clock.ts';
import { PRESETS } from '../apps/ops-api/src/people/principal.ts';
import { expect, test } from 'vitest';
import { AGENT, createWorld, TENANT } from './world.ts';

async function ready() {
  const world = createWorld();
  const admin = await world.newToken(PRESETS['admin-full']);
  await world.tenant(admin);
  const machine = await world.machine(admin);
  await machine.connect();
  return { world, admin, machine };
}

test('an operator pings a machine, and every hop is on record', async () => {
  const { world, admin } = await ready();
  world.hops.length = 0;
  const activated = await world.activate(admin);
  expect(activated.status).toBe(201);
  const pinged = await world.command(admin, activated.body['session_token'] as string, { command: 'ping' });
  expect(pinged).toMatchObject({ status: 200, body: { result: { version: '1.4.0' } } });
  expect(world.api.lines.line(AGENT)).not.toBeNull();
  expect(TENANT).toBe('UTD_7ELEVEN_001');
  await settle();
  console.log(world.hops.join('\n'));
});

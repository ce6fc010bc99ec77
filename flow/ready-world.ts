import { PRESETS } from '../apps/ops-api/src/people/principal.ts';
import { createWorld, type WorldOptions } from './world.ts';

/** A tenant that has signed and is armed, an administrator, and its machine on the line. */
export async function readyWorld(options: WorldOptions = {}) {
  const world = createWorld(options);
  const admin = await world.newToken(PRESETS['admin-full']);
  await world.tenant(admin);
  const machine = await world.machine(admin);
  await machine.connect();
  return { world, admin, machine };
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ROOT } from './processes.ts';
import { ready, type Ready } from './ready.ts';

const WITH_A_BUG = { NODE_OPTIONS: `--import=${join(ROOT, 'e2e/fault.mjs')}` };
let world: Ready;
beforeAll(async () => {
  world = await ready();
  await world.restartAgent(WITH_A_BUG);
});

test('a crash in the middle of a session turns the indicator off, leaves a report without secrets, and ends with 1', async () => {
  await world.activate();
  expect(world.machine.status()).toMatchObject({ remote_support: 'live' });
  world.agent().signal('SIGUSR2');
  expect(await world.agent().ended).toBe('exit 1');
  expect(world.machine.status()).toMatchObject({ remote_support: 'dormant' });
  const folder = join(world.machine.installRoot, 'crashes');
  const [name = ''] = readdirSync(folder);
  expect(name).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.txt$/);
  const report = readFileSync(join(folder, name), 'utf8');
  expect(report).toContain('Error: a bug of the test, with rst_[redacted] in it\n    at ');
  expect(world.agent().stdout() + world.agent().stderr() + report).not.toContain('s'.repeat(43));
  expect(readFileSync(join(world.machine.installRoot, 'argus.log'), 'utf8')).toContain(`"what":"crashed","report":"crashes/${name}"`);
});

test('the next life starts dormant and works', async () => {
  await world.restartAgent();
  expect(await world.command(await world.activate(), 'ping')).toMatchObject({ status: 200 });
});

/** The log key of a real server is changed; a real machine goes on without anybody at it, and its owner's checker follows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrustFile } from '@argus/protocol/trust.ts';
import { expect, test } from 'vitest';
import { OPS_API } from './ops-api.ts';
import { runToEnd } from './processes.ts';
import { ready } from './ready.ts';
import { verifyLog } from './verify-log.ts';

test('with the server stopped the key is changed in every log; machine, trust file and checker go on with the new one', async () => {
  const world = await ready();
  const session = async () => {
    const live = await world.activate();
    expect((await world.command(live, 'ping')).status).toBe(200);
    await world.post(`/support/sessions/${live.id}/deactivate`, {});
  };
  await session();
  const before = await world.machine.trust();
  const rotate = (...more: string[]) => runToEnd(OPS_API, ['rotate-log-key', '--by', 'ana@argus.example', '--reason', 'a disk left the house', ...more], world.installation.env);
  expect((await rotate()).stderr()).toContain('There is no way back');
  expect((await rotate('--yes')).stderr()).toContain('is running. Stop it first');
  world.proxy.aim(null);
  await world.api().stop();
  const rotated = await rotate('--yes');
  expect([rotated.end, rotated.stderr()]).toEqual(['exit 0', '']);
  const { log_key: newest, logs } = JSON.parse(rotated.stdout()) as { log_key: string; logs: readonly string[] };
  expect(logs).toContain(before.tenant);
  await world.restartApi();
  await world.untilOnline();
  await session();
  const after = await world.machine.trust();
  expect(after.log_keys).toEqual([...before.log_keys, newest]);
  await verifyLog(world.api().url, world.pat, before);
  await verifyLog(world.api().url, world.pat, after);
  await world.restartAgent();
  const { log_keys: stored } = TrustFile.parse(JSON.parse(readFileSync(join(world.machine.state, 'trust.json'), 'utf8')));
  expect(stored).toEqual(after.log_keys);
  expect((await runToEnd(OPS_API, ['fsck'], world.installation.env)).end).toBe('exit 0');
}, 120_000);

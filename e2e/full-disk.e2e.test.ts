import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { activation, ready, type Ready, type Session } from './ready.ts';
import { ask } from './http.ts';
import { OPS_TOKEN } from './ops-api.ts';
import { until } from './until.ts';

/**
 * A disk that takes nothing any more, for the daemon alone: the kernel refuses each write past a size, here past
 * nothing at all. It needs no mount and no rights, and the daemon sees a failing write like any other.
 */
const fileSizeOf = (pid: number, limit: string) => {
  try {
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${limit}:unlimited`]);
  } catch (problem) {
    throw new Error('prlimit could not limit the daemon. Install the Debian package util-linux, then run this again.', { cause: problem });
  }
};

let world: Ready;
let session: Session;
beforeAll(async () => {
  world = await ready();
});
const log = () => readFileSync(join(world.machine.installRoot, 'argus.log'), 'utf8');
const activate = () => ask(world.api().url, `/support/agents/${world.machine.id}/activate`, { pat: world.pat, headers: { 'x-argus-ops-token': OPS_TOKEN }, body: activation() });

test('with a full disk the daemon stays on its line, and no session starts: what cannot be stored is not done', async () => {
  const size = statSync(join(world.machine.installRoot, 'argus.log')).size;
  fileSizeOf(world.agent().pid, '1');
  expect((await activate()).status).not.toBe(201);
  expect(world.machine.status()).toMatchObject({ remote_support: 'dormant' });
  expect(world.agent().isRunning()).toBe(true);
  await world.untilOnline();
  expect(world.agent().stdout()).toContain('"what":"log_not_written"');
  expect(statSync(join(world.machine.installRoot, 'argus.log')).size).toBe(size);
});

test('cut off meanwhile, it dials again all the same', async () => {
  const connected = () => world.agent().stdout().match(/"what":"connected"/g)?.length ?? 0;
  const before = connected();
  world.proxy.cut();
  await until(() => connected() > before, 20_000);
  await world.untilOnline();
});

test('when there is room again sessions start and work, and the log says how many lines are missing', async () => {
  fileSizeOf(world.agent().pid, 'unlimited');
  session = await world.activate();
  expect(world.machine.status()).toMatchObject({ remote_support: 'live', session: session.id });
  expect(await world.command(session, 'ping')).toMatchObject({ status: 200 });
  expect(log()).toMatch(/"what":"log_lines_lost","count":\d+/);
  await world.verify();
});

test('a disk that fills up during a session: the next command is refused, not run, and the session still ends', async () => {
  const before = world.machine.highestActed();
  fileSizeOf(world.agent().pid, '1');
  const refused = await world.command(session, 'ping', { request_id: 'req_on_a_full_disk' });
  expect([refused.status === 200, world.agent().stdout().includes('"what":"command_refused","request":"req_on_a_full_disk"')]).toEqual([false, true]);
  expect(await world.post(`/support/sessions/${session.id}/deactivate`, {})).toMatchObject({ status: 200, body: { state: 'ended' } });
  expect(await world.command(session, 'ping')).toMatchObject({ status: 403, body: { code: 'session_expired' } });
  fileSizeOf(world.agent().pid, 'unlimited');
  expect(world.machine.highestActed()).toBe(before);
  expect(world.agent().isRunning()).toBe(true);
});

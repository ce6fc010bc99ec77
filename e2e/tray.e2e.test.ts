/** The desktop of the person at the machine, with a real notification daemon under Xvfb, and everything else real too. */
import { mkdtempSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { socketOf } from '../apps/agent/src/adapters/dbus/address.ts';
import type { Value } from '../apps/agent/src/adapters/dbus/marshal.ts';
import { connectBus, type Bus } from '../apps/agent/src/adapters/dbus/session-bus.ts';
import { privateBus, program } from '../apps/agent/testing/private-bus.ts';
import { beforeAll, expect, test } from 'vitest';
import { launch, type Running } from './processes.ts';
import { ready, type Ready } from './ready.ts';
import { until } from './until.ts';

const DUNST = { to: 'org.freedesktop.Notifications', path: '/org/freedesktop/Notifications' } as const;
const AS_ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];
let world: Ready;
let bus: Bus;
let tray: Running;

beforeAll(async () => {
  world = await ready();
  const address = await privateBus();
  const xvfb = program('Xvfb', ['-displayfd', '3', '-nolisten', 'tcp', '-screen', '0', '800x600x24']);
  const [display] = (await once(xvfb.stdio[3] as Readable, 'data')) as [Buffer]; // a pipe, as asked for
  const desktop = { DBUS_SESSION_BUS_ADDRESS: address, DISPLAY: `:${display.toString().trim()}`, XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), 'argus-dunst-')) };
  program('dunst', [], desktop, 'ignore');
  bus = await connectBus(socketOf(address) ?? '', process.getuid?.() ?? 0);
  await until(async () => (await bus.call({ to: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus', member: 'NameHasOwner', signature: 's', body: [DUNST.to] }))[0], 10_000);
  tray = launch('apps/agent/src/main.ts', ['tray', '--state', world.machine.state, ...AS_ROOT], desktop);
  await until(() => tray.stdout().includes('"tray"'), 10_000);
});

const displayed = async (): Promise<number> => {
  const [answer] = await bus.call({ ...DUNST, interface: 'org.freedesktop.DBus.Properties', member: 'Get', signature: 'ss', body: ['org.dunstproject.cmd0', 'displayedLength'] });
  return Number((answer as { value: Value }).value);
};
const dunst = (member: string, body: readonly Value[] = [], signature?: string) => bus.call({ ...DUNST, interface: 'org.dunstproject.cmd0', member, body, ...(signature !== undefined && { signature }) });

test('a session shows on the desktop while it is live, and its button ends it, for good', async () => {
  expect(await displayed()).toBe(0);
  const session = await world.activate();
  await until(async () => (await displayed()) === 1, 5_000);

  await dunst('NotificationAction', [0], 'u'); // as a click does
  await until(() => world.machine.status().remote_support === 'dormant', 5_000);
  await until(async () => (await world.get(`/support/sessions/${session.id}`)).body['ended_by'] === 'tenant_kill_switch', 5_000);
  await until(() => tray.stdout().includes('Remote support is switched off'), 5_000);
  await expect(world.activate()).rejects.toThrow('tenant_switched_off');

  await dunst('NotificationCloseAll');
  const [history] = await dunst('NotificationListHistory');
  const texts = inspect(history, { depth: null });
  expect(texts).toContain('Remote support session is over');
  expect(texts).toContain('Nobody is let in until the owner runs: argus-agent remote-support-on');
  expect(tray.isRunning()).toBe(true);
});

test('when the daemon goes away the tray says so and stays; when it is back the tray shows what is', async () => {
  await world.restartAgent();
  await until(() => tray.stdout().includes('The agent of Argus does not run'), 5_000);
  await until(() => tray.stdout().trim().split('\n').at(-1)?.includes('Remote support is switched off'), 10_000);
  expect(await tray.stop()).toBe('exit 0');
});

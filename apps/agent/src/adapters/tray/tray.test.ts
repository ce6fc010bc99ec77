import { expect, test } from 'vitest';
import { dbusSend, privateBus } from '../../../testing/private-bus.ts';
import type { Shown } from '../../tray-text.ts';
import { socketOf } from '../dbus/address.ts';
import type { Value } from '../dbus/marshal.ts';
import type { Message } from '../dbus/message.ts';
import { connectBus, type Bus } from '../dbus/session-bus.ts';
import { desktopNotifications, END } from './notification.ts';
import { statusItem } from './status-item.ts';

/** On a real session bus of its own, with a desktop of our own, and read by libdbus. */
const uid = process.getuid?.() ?? 0;
const join = (address: string) => connectBus(socketOf(address) ?? '', uid);
const BUS = { to: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' } as const;
const live: Shown = { remote_support: 'live', session: 'rss_1', operator: '<b>ana</b>@argus.example', reason: 'look & see', until: '2026-03-01T12:30:00.000Z' };

async function desktop(address: string) {
  const bus = await join(address);
  const notified: (readonly Value[])[] = [];
  const registered: Value[] = [];
  bus.answer('/org/freedesktop/Notifications', ({ member, body }: Message) => {
    if (member !== 'Notify') return null;
    notified.push(body);
    return { signature: 'u', body: [body[1] === 0 ? notified.length + 40 : (body[1] ?? 0)] };
  });
  bus.answer('/StatusNotifierWatcher', ({ member, body }) => {
    if (member !== 'RegisterStatusNotifierItem') return null;
    registered.push(body[0] ?? '');
    return { signature: '', body: [] };
  });
  const own = (name: string) => bus.call({ ...BUS, member: 'RequestName', signature: 'su', body: [name, 4] });
  await own('org.freedesktop.Notifications');
  const invoke = (id: number, action: string) => bus.signal({ path: '/org/freedesktop/Notifications', interface: 'org.freedesktop.Notifications', member: 'ActionInvoked', signature: 'us', body: [id, action] });
  return { bus, notified, registered, own, invoke, watch: () => own('org.kde.StatusNotifierWatcher') };
}

/** What was sent before it has arrived when this is answered. */
const inStep = (bus: Bus) => bus.call({ ...BUS, member: 'GetId' });

test('a notification appears with the session, stays until it ends, and its button ends it', async () => {
  const address = await privateBus();
  const there = await desktop(address);
  const mine = await join(address);
  let ended = 0;
  const notifications = await desktopNotifications(mine, () => void ended++);
  await notifications.show({ remote_support: 'dormant' });
  expect(there.notified).toEqual([]);
  await notifications.show(live);
  await notifications.show(live);
  expect(there.notified).toHaveLength(1);
  const [app, , , summary, body, actions, hints, timeout] = there.notified[0] ?? [];
  expect([app, summary, body, actions, timeout]).toEqual([
    'Argus', 'Remote support session is live', '&lt;b&gt;ana&lt;/b&gt;@argus.example: look &amp; see (until 12:30 UTC)', [END, 'End session'], 0,
  ]);
  expect(hints).toEqual([['urgency', { signature: 'y', value: 2 }]]);

  there.invoke(41, 'default'); // another button, and another notification
  there.invoke(7, END);
  await inStep(there.bus);
  await inStep(mine);
  expect(ended).toBe(0);
  there.invoke(41, END);
  await inStep(there.bus);
  await inStep(mine);
  expect(ended).toBe(1);

  await notifications.show({ remote_support: 'off' });
  expect(there.notified[1]?.slice(1, 6)).toEqual([41, 'network-offline', 'Remote support session is over', 'The session has ended. Nobody is let in until the owner runs: argus-agent remote-support-on', []]);
  mine.close();
  there.bus.close();
});

test('the icon registers with the panel, again when the panel comes back, and libdbus reads its state and its menu', async () => {
  const address = await privateBus();
  const mine = await join(address);
  let ended = 0;
  const item = await statusItem(mine, { pid: 4711, endSession: () => void ended++ }); // there is no panel yet
  const there = await desktop(address);
  await there.watch();
  await inStep(mine);
  await expect.poll(() => there.registered).toEqual(['org.kde.StatusNotifierItem-4711-1']);
  item.show(live);

  const service = '--dest=org.kde.StatusNotifierItem-4711-1';
  const get = (path: string, of: string, name: string) => dbusSend(address, service, path, 'org.freedesktop.DBus.Properties.Get', `string:${of}`, `string:${name}`);
  expect(await get('/StatusNotifierItem', 'org.kde.StatusNotifierItem', 'Status')).toContain('string "NeedsAttention"');
  expect(await get('/StatusNotifierItem', 'org.kde.StatusNotifierItem', 'ToolTip')).toContain('&lt;b&gt;ana&lt;/b&gt;@argus.example: look &amp; see');
  expect(await get('/StatusNotifierItem', 'org.kde.StatusNotifierItem', 'Menu')).toContain('object path "/Menu"');
  const all = await dbusSend(address, service, '/StatusNotifierItem', 'org.freedesktop.DBus.Properties.GetAll', 'string:org.kde.StatusNotifierItem');
  for (const name of ['Category', 'Id', 'Title', 'IconName', 'ItemIsMenu']) expect(all).toContain(`string "${name}"`);
  const layout = await dbusSend(address, service, '/Menu', 'com.canonical.dbusmenu.GetLayout', 'int32:0', 'int32:-1', 'array:string:');
  expect(layout).toContain('string "End session"');
  expect(layout).toContain('<b>ana</b>@argus.example'); // a menu shows no markup
  await dbusSend(address, service, '/Menu', 'com.canonical.dbusmenu.Event', 'int32:1', 'string:clicked', 'variant:int32:0', 'uint32:0');
  await dbusSend(address, service, '/Menu', 'com.canonical.dbusmenu.Event', 'int32:2', 'string:hovered', 'variant:int32:0', 'uint32:0');
  expect(ended).toBe(0);
  await dbusSend(address, service, '/Menu', 'com.canonical.dbusmenu.Event', 'int32:2', 'string:clicked', 'variant:int32:0', 'uint32:0');
  expect(ended).toBe(1);
  expect(await dbusSend(address, service, '/Menu', 'com.canonical.dbusmenu.Shell', 'string:x')).toBe('');
  mine.close();
  there.bus.close();
});

test('who is no bus, or sends what is no message, ends the tray with a sentence and not with a crash', async () => {
  await expect(connectBus('/nowhere/bus', uid)).rejects.toThrow('ENOENT');
  const address = await privateBus();
  await expect(connectBus(socketOf(address) ?? '', uid + 1)).rejects.toThrow('the bus does not take this user');
});

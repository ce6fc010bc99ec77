import { askDaemon } from '../adapters/local/ask.ts';
import { followStatus } from '../adapters/local/listen.ts';
import { stayAlive } from '../adapters/process/stay.ts';
import type { AgentDeps } from '../ports.ts';
import { parseShown, titleOf, type Shown } from '../tray-text.ts';
import { SYSTEM_RUN_DIR } from '../service/definition.ts';
import { given, type CliCommand } from './command.ts';
import { noteLine } from './machine.ts';
import { reasonOf, stop } from './stop.ts';
import { runDirsOf } from './switch.ts';

const STOP_GRACE_MS = 100;

const note: AgentDeps['note'] = (what, facts) => void process.stdout.write(`${noteLine(what, facts)}\n`);

/** For the desktop of whoever sits at the machine. It needs no key and no trust file, only the two sockets of the group. */
export const trayCommand: CliCommand = {
  words: 'tray',
  usage: '[--run-dir DIR] [--bus ADDRESS]',
  summary: 'an icon and a notification on this desktop while a session is live',
  options: { 'run-dir': { type: 'string' }, bus: { type: 'string' } },
  fromEnvironment: { bus: 'DBUS_SESSION_BUS_ADDRESS' },
  async run(state, flags) {
    const [{ socketOf }, { connectBus }, { desktopNotifications }, { statusItem }] = await Promise.all([
      import('../adapters/dbus/address.ts'), // none of it is for the daemon
      import('../adapters/dbus/session-bus.ts'),
      import('../adapters/tray/notification.ts'),
      import('../adapters/tray/status-item.ts'),
    ]);
    const uid = process.getuid?.() ?? stop('There is a tray on desktops with a D-Bus session bus only.');
    const path = socketOf(given(flags, 'bus') ?? `unix:path=/run/user/${uid}/bus`) ?? stop('The session bus has an address this program does not take. It takes unix:path=….');
    const bus = await connectBus(path, uid).catch((problem: unknown) => stop(`The session bus does not answer: ${reasonOf(problem)}. Start the tray from within a desktop session.`));
    const asked = given(flags, 'run-dir');
    const folders = asked === undefined ? [...runDirsOf(state, flags), SYSTEM_RUN_DIR] : runDirsOf(state, flags);

    const endSession = async () => {
      for (const folder of folders) {
        const answer = await askDaemon(folder, 'off', 'off');
        if (answer.ok) return note('switched_off', { ended: JSON.stringify(answer.value['ended'] ?? null) });
      }
      note('not_switched_off', { problem: 'no daemon answers; the owner can run argus-agent remote-support-off' });
    };
    const item = await statusItem(bus, { pid: process.pid, endSession: () => void endSession() });
    const notifications = await desktopNotifications(bus, () => void endSession());
    const show = (shown: Shown) => {
      note('tray', { shows: titleOf(shown) });
      item.show(shown);
      notifications.show(shown).catch((problem: unknown) => note('not_notified', { problem: reasonOf(problem) }));
    };
    const unfollow = followStatus(folders, {
      line(text) {
        const shown = parseShown(text);
        if (shown) show(shown);
      },
      gone: () => show({ remote_support: 'gone' }),
    });
    const letGo = stayAlive();
    const end = () => {
      unfollow();
      bus.close();
      letGo(STOP_GRACE_MS);
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
    if (process.connected) process.once('disconnect', end);
    const why = await bus.closed;
    unfollow();
    if (why !== 'closed') stop(`The session bus broke off: ${why}.`);
  },
};

import { detailsOf, escapeMarkup, iconOf, titleOf, type Shown } from '../../tray-text.ts';
import type { Bus } from '../dbus/session-bus.ts';

/** A desktop notification when a session starts, which stays until it ends, and one when it has ended. */
const PLACE = { to: 'org.freedesktop.Notifications', path: '/org/freedesktop/Notifications', interface: 'org.freedesktop.Notifications' } as const;
const CRITICAL = 2;
const NORMAL = 1;
export const END = 'end_session';

export async function desktopNotifications(bus: Bus, endSession: () => void) {
  let id = 0;
  let last: Shown = { remote_support: 'gone' };
  await bus.hear(`type='signal',sender='${PLACE.to}',interface='${PLACE.interface}'`, ({ member, interface: from, body }) => {
    if (from === PLACE.interface && member === 'ActionInvoked' && body[0] === id && body[1] === END) endSession();
  });

  async function notify(shown: Shown, isLive: boolean): Promise<void> {
    const said = isLive ? detailsOf(shown) : shown.remote_support === 'off' ? 'The session has ended. Nobody is let in until the owner runs: argus-agent remote-support-on' : 'The session has ended.';
    const body = [
      'Argus',
      id, // in the place of the one before
      iconOf(shown),
      isLive ? titleOf(shown) : 'Remote support session is over',
      escapeMarkup(said),
      isLive ? [END, 'End session'] : [],
      [['urgency', { signature: 'y', value: isLive ? CRITICAL : NORMAL }]],
      isLive ? 0 : -1, // 0: until somebody closes it
    ];
    const [given] = await bus.call({ ...PLACE, member: 'Notify', signature: 'susssasa{sv}i', body });
    id = typeof given === 'number' ? given : 0;
  }

  return {
    /** Only a session that begins or ends is news. */
    async show(shown: Shown): Promise<void> {
      const [was, is] = [last.remote_support === 'live', shown.remote_support === 'live'];
      const isOther = was && is && JSON.stringify(shown) !== JSON.stringify(last);
      last = shown;
      if (was !== is || isOther) await notify(shown, is);
    },
  };
}

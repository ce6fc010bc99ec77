import { isoTime, type Clock } from '@argus/kit/clock.ts';
import type { Indicator, KillSwitch, SessionNotice } from '../../ports.ts';

/** What somebody at the machine is told: through the status socket, to the tray, in one line. */
export type Status = {
  readonly remote_support: 'live' | 'dormant' | 'off';
  readonly since: string;
  readonly session?: string;
  readonly operator?: string;
  readonly reason?: string;
  readonly until?: string;
};
export type Board = Indicator & { readonly now: () => Status; refresh(): void };

/** A part of the indicator that cannot fail: it keeps what is, and tells those who listen. */
export function statusBoard({ clock, killSwitch, tell }: { clock: Clock; killSwitch: KillSwitch; tell: () => void }): Board {
  let live: SessionNotice | null = null;
  let since = clock.now();
  const changed = (to: SessionNotice | null) => {
    live = to;
    since = clock.now();
    tell();
  };
  return {
    raise: async (notice) => changed(notice),
    lower: async () => changed(null),
    refresh: tell,
    now: () =>
      live
        ? { remote_support: 'live', since: isoTime(since), session: live.session, operator: live.operator, reason: live.reason, until: isoTime(live.until) }
        : { remote_support: killSwitch.isOff() ? 'off' : 'dormant', since: isoTime(since) },
  };
}

import type { Indicator, KillSwitch } from '../../ports.ts';

/** The owner can throw the switch by its file alone, with every socket in the way: while a session is live we look. */
export const LOOK_EVERY_MS = 100;

/** Goes with the indicator: nothing has to be looked at while nothing is live. */
export function watchSwitch(killSwitch: KillSwitch, thrown: () => void): Indicator {
  let timer: NodeJS.Timeout | null = null;
  const stop = () => {
    if (timer) clearInterval(timer);
    timer = null;
  };
  return {
    async raise() {
      stop();
      timer = setInterval(() => killSwitch.isOff() && thrown(), LOOK_EVERY_MS);
      timer.unref();
    },
    async lower() {
      stop();
    },
  };
}

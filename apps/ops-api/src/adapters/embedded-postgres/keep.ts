/**
 * Brings the embedded database back when it dies under us. A bounded number of tries with growing pauses, each of them in
 * the log; one that has stayed up has all its tries again. After the last one it only looks on: somebody else may mend it.
 */
import type { Clock } from '@argus/kit/clock.ts';
import type { Log } from '../../ports.ts';

export type Keeping = {
  readonly clock: Clock;
  readonly log: Log;
  readonly isRunning: () => Promise<boolean>;
  /** Resolves when it accepts connections. */
  readonly bringBack: () => Promise<void>;
};
export type Kept = {
  /** No further try begins; one that is under way is waited for. */
  stop(): Promise<void>;
};

export const LOOK_MS = 250;
/** Before each try. Their number is the number of tries; together about four minutes. */
export const PAUSES_MS = [0, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000] as const;
export const STEADY_MS = 60_000;

export function keepRunning({ clock, log, isRunning, bringBack }: Keeping): Kept {
  let tries = 0;
  let upSince: number | null = clock.elapsed();
  let isStopped = false;
  let cancel = () => {};
  let trying: Promise<void> = Promise.resolve();

  const next = (ms: number, step: () => Promise<void>): void => {
    if (isStopped) return;
    cancel = clock.after(ms, () => void (trying = step()));
  };

  async function look(): Promise<void> {
    // When we cannot look, that is no reason to start a second one.
    if (await isRunning().catch(() => true)) {
      upSince ??= clock.elapsed();
      if (clock.elapsed() - upSince >= STEADY_MS) tries = 0;
      return next(LOOK_MS, look);
    }
    const pauseMs = PAUSES_MS[tries];
    if (upSince !== null) log('error', 'database_gone', { tries_left: PAUSES_MS.length - tries });
    upSince = null;
    if (pauseMs === undefined) return next(LOOK_MS, look); // all tries are used up
    tries++;
    log('warn', 'bringing_database_back', { try: tries, of: PAUSES_MS.length, after_s: pauseMs / 1_000 });
    next(pauseMs, tryOnce);
  }

  async function tryOnce(): Promise<void> {
    try {
      await bringBack();
      log('info', 'database_back', { try: tries });
    } catch (problem) {
      const isLast = tries === PAUSES_MS.length;
      log('error', 'database_not_back', {
        try: tries,
        problem: problem instanceof Error ? problem.message : String(problem),
        next: isLast ? 'This was the last try. Mend what the lines above name, then restart the ops API.' : 'It is tried again.',
      });
    }
    next(LOOK_MS, look);
  }

  next(LOOK_MS, look);
  return {
    async stop() {
      isStopped = true;
      cancel();
      await trying;
    },
  };
}

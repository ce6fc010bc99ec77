/** Time is a port. `now` can jump (somebody sets the clock); `elapsed` cannot. */
export interface Clock {
  /** Wall clock, epoch milliseconds. */
  now(): number;
  /** Monotonic milliseconds since some fixed moment. */
  elapsed(): number;
  /** Runs `fn` once after `ms`; the answer cancels it. Never keeps a process alive by itself. */
  after(ms: number, fn: () => void): () => void;
}

/** The same clock as `performance` has; in Node.js that one comes with a dozen modules behind it, and half a megabyte. */
const monotonicMs = typeof process === 'object' ? () => Number(process.hrtime.bigint()) / 1e6 : () => performance.now();

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: monotonicMs,
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    // A browser's timer is a number and has nothing to unref.
    if (typeof timer === 'object' && 'unref' in timer) timer.unref();
    return () => clearTimeout(timer);
  },
};

export type ManualClock = Clock & {
  /** Moves both clocks and runs every timer that falls due, in order, letting promises settle between them. */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock alone, as a person or NTP would. */
  setWall(epochMs: number): void;
};

/** Lets everything that can run without time passing run. */
export async function settle(turns = 20): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export function manualClock(start: number): ManualClock {
  let elapsed = 0;
  let wallOffset = start;
  let order = 0;
  const timers = new Set<{ readonly due: number; readonly order: number; readonly fn: () => void }>();
  const nextDue = (until: number) =>
    [...timers].filter((t) => t.due <= until).toSorted((a, b) => a.due - b.due || a.order - b.order)[0];
  return {
    now: () => wallOffset + elapsed,
    elapsed: () => elapsed,
    after(ms, fn) {
      const timer = { due: elapsed + Math.max(0, ms), order: order++, fn };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    setWall: (epochMs) => void (wallOffset = epochMs - elapsed),
    async advance(ms) {
      const until = elapsed + ms;
      await settle();
      for (let timer = nextDue(until); timer; timer = nextDue(until)) {
        timers.delete(timer);
        elapsed = Math.max(elapsed, timer.due);
        timer.fn();
        await settle();
      }
      elapsed = until;
    },
  };
}

/** ISO 8601, milliseconds, Z: how every time is written on every wire. */
export const isoTime = (epochMs: number): string => new Date(epochMs).toISOString();

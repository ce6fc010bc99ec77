import type { Clock } from '@argus/kit/clock.ts';

/** A clock moved by hand that does not let promises run in between: thousands of steps cost nothing. */
export function stepClock(start: number) {
  let wall = start;
  let elapsed = 0;
  let timers: { readonly due: number; readonly fn: () => void }[] = [];
  const clock: Clock = {
    now: () => wall,
    elapsed: () => elapsed,
    after(ms, fn) {
      const timer = { due: elapsed + Math.max(0, ms), fn };
      timers.push(timer);
      return () => (timers = timers.filter((t) => t !== timer));
    },
  };
  const runDue = () => {
    for (;;) {
      const next = timers.filter((t) => t.due <= elapsed).toSorted((a, b) => a.due - b.due)[0];
      if (!next) return;
      timers = timers.filter((t) => t !== next);
      next.fn();
    }
  };
  return {
    ...clock,
    /** Time passes and timers run on time. */
    pass(ms: number): void {
      const until = elapsed + ms;
      for (let due = Math.min(...timers.map((t) => t.due)); due <= until; due = Math.min(...timers.map((t) => t.due))) {
        wall += Math.max(0, due - elapsed);
        elapsed = Math.max(elapsed, due);
        runDue();
      }
      wall += until - elapsed;
      elapsed = until;
    },
    /** The process is stopped: time passes, and no timer has run when the next thing happens. */
    freeze(ms: number): void {
      wall += ms;
      elapsed += ms;
    },
    /** The machine is suspended: only the wall clock goes on. */
    suspend: (ms: number): void => void (wall += ms),
    setWall: (to: number): void => void (wall = to),
    runDue,
    timers: () => timers.length,
  };
}

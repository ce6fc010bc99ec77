import type { Clock } from '@argus/kit/clock.ts';
import type { ApiCallStore, Log } from '../ports.ts';
import type { ApiCall } from './api-call.ts';

/** About a minute of a busy server, some 5 MB. */
export const CALLS_WAITING_MAX = 10_000;
const BATCH_MAX = 500;
const TRY_AGAIN_MS = 1_000;
const SAY_LOST_MS = 60_000;
/** A database that does not answer keeps nobody from stopping. */
const LAST_TRY_MS = 5_000;

export type CallLaneDeps = {
  readonly store: Pick<ApiCallStore, 'add'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly waitingMax?: number;
};
type Waiting = { readonly call: ApiCall; readonly answer?: (isWritten: boolean) => void };

/**
 * The way of API calls into their record. Nobody waits for it but who reads the audit: what queues up while one insert
 * runs goes into the next. While the database is gone calls wait here, up to a limit; what has to be let go is counted,
 * and said.
 */
export function createCallLane({ store, clock, log, waitingMax = CALLS_WAITING_MAX }: CallLaneDeps) {
  let queue: Waiting[] = [];
  let running: Promise<void> | null = null;
  let cancelRetry: (() => void) | null = null;
  let lost = 0;
  let unsaid = 0;
  let saidAt = Number.NEGATIVE_INFINITY;

  function sayLost(): void {
    if (unsaid === 0 || clock.elapsed() - saidAt < SAY_LOST_MS) return;
    log('error', 'api_calls_lost', { count: unsaid, in_all: lost });
    saidAt = clock.elapsed();
    unsaid = 0;
  }
  function lose(waiting: readonly Waiting[]): void {
    for (const { answer } of waiting) answer?.(false);
    lost += waiting.length;
    unsaid += waiting.length;
    sayLost();
  }

  /** False: the store is not there, and the rest waits. */
  async function run(): Promise<boolean> {
    let oneByOne = 0; // of a batch that was not taken: one row takes nothing of its neighbours with it
    while (queue.length > 0) {
      const batch = queue.slice(0, oneByOne > 0 ? 1 : BATCH_MAX);
      const how = batch.some((w) => w.answer) ? 'durable' : 'soon';
      try {
        const outcome = await store.add(batch.map((w) => w.call), how);
        if (outcome === 'refused' && batch.length > 1) {
          oneByOne = batch.length;
          continue;
        }
        oneByOne--;
        queue = queue.slice(batch.length);
        if (outcome === 'refused') lose(batch);
        else for (const { answer } of batch) answer?.(true);
      } catch (problem) {
        log('warn', 'api_calls_wait', { count: queue.length, problem: String(problem) });
        // Whoever waits for the answer is told now, and what they wanted to read stays unread.
        for (const { answer } of queue) answer?.(false);
        queue = queue.filter((w) => !w.answer);
        return false;
      }
    }
    return true;
  }

  function start(): void {
    if (running || cancelRetry) return;
    running = work();
  }
  async function work(): Promise<void> {
    const isThere = await run();
    running = null;
    sayLost();
    if (queue.length > 0 && isThere) start();
    else if (queue.length > 0) cancelRetry = clock.after(TRY_AGAIN_MS, tryNow);
  }
  function tryNow(): void {
    cancelRetry?.();
    cancelRetry = null;
    start();
  }

  return {
    add(call: ApiCall): void {
      if (queue.length >= waitingMax) return lose([{ call }]);
      queue.push({ call });
      start();
    },
    /** True when it is durable. */
    record: (call: ApiCall): Promise<boolean> =>
      new Promise((answer) => {
        if (queue.length >= waitingMax) return answer(false);
        queue.push({ call, answer });
        tryNow();
      }),
    /** For the end: one more try, and a word about what did not make it. */
    async close(): Promise<void> {
      const lastTry = async () => {
        await running;
        if (queue.length > 0) tryNow();
        await running;
      };
      await Promise.race([lastTry(), new Promise<void>((resolve) => void clock.after(LAST_TRY_MS, resolve))]);
      cancelRetry?.();
      saidAt = Number.NEGATIVE_INFINITY;
      lose(queue.splice(0));
    },
    lost: () => lost,
  };
}
export type CallLane = ReturnType<typeof createCallLane>;

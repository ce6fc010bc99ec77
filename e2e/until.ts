import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 25;
type Found<T> = Exclude<T, null | undefined | false>;

/** The only waiting there is: looks until the condition holds, and no longer than this. What it finds is the answer. */
export async function until<T>(condition: () => T | Promise<T>, withinMs: number): Promise<Found<T>> {
  const deadline = performance.now() + withinMs;
  let last: unknown;
  do {
    try {
      last = await condition();
      if (last) return last as Found<T>;
    } catch (problem) {
      last = problem;
    }
    await pause(LOOK_MS);
  } while (performance.now() < deadline);
  throw new Error(`not within ${withinMs} ms: ${String(condition)}\nlast seen: ${last instanceof Error ? last.message : String(last)}`);
}

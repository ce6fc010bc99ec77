/** An end for what may take any time, but not stand still: it comes when nothing has happened for so long. */
import type { Clock } from '@argus/kit/clock.ts';

export function resettable(clock: Clock, ms: number) {
  const controller = new AbortController();
  const end = () => controller.abort(new DOMException('nothing came any more', 'TimeoutError'));
  let cancel = clock.after(ms, end);
  return {
    signal: controller.signal,
    async *over<T>(pieces: AsyncIterable<T>): AsyncGenerator<T> {
      try {
        for await (const piece of pieces) {
          cancel();
          cancel = clock.after(ms, end);
          yield piece;
        }
      } finally {
        cancel();
      }
    },
  };
}

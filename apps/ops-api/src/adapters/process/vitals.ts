import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Vitals } from '../../health/metrics.ts';

type Pool = { readonly totalCount: number; readonly idleCount: number; readonly waitingCount: number };

/** How far apart the event loop is looked at. An idle one is measured at this, so it is taken off again. */
const RESOLUTION_MS = 20;

/** How this process is doing. */
export function processVitals(pool: Pool | null): () => Vitals {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const startedAt = Date.now() - process.uptime() * 1_000;
  const seconds = (nanoseconds: number) => (Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1_000) : 0); // no sample yet
  return () => {
    const { rss, heapUsed, heapTotal } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return {
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      heapTotalBytes: heapTotal,
      cpuSeconds: (user + system) / 1e6,
      startedAt,
      eventLoopDelayS() {
        const late = { mean: seconds(delay.mean), p99: seconds(delay.percentile(99)), max: delay.count === 0 ? 0 : seconds(delay.max) };
        delay.reset();
        return late;
      },
      database: pool && { open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount },
    };
  };
}

import type { Vitals } from '../../health/metrics.ts';

/** A process that uses nothing and is never late. For tests. */
export const quietVitals = (): Vitals => ({
  rssBytes: 0,
  heapUsedBytes: 0,
  heapTotalBytes: 0,
  cpuSeconds: 0,
  startedAt: 0,
  eventLoopDelayS: () => ({ mean: 0, p99: 0, max: 0 }),
  database: null,
});

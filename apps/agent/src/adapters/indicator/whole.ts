import type { Indicator } from '../../ports.ts';

/**
 * One indicator of several parts, each of which has to be raised: one that fails, and the session does not start.
 * All of them are lowered, whatever becomes of the others; the first that failed is told.
 */
export const wholeIndicator = (parts: readonly Indicator[]): Indicator => ({
  async raise(notice) {
    for (const part of parts) await part.raise(notice);
  },
  async lower() {
    const failed = (await Promise.allSettled(parts.map((part) => part.lower()))).find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  },
});

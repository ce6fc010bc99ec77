import type { Clock } from '@argus/kit/clock.ts';
import type { ApiCallStore, Log } from '../ports.ts';

const EVERY_MS = 86_400_000;

/** Once a day, and at the start: the months to come are made, and those kept long enough are let go. */
export function createKeepCalls({ calls, clock, log }: { readonly calls: Pick<ApiCallStore, 'keep'>; readonly clock: Clock; readonly log: Log }) {
  let cancel = () => {};
  const keep = async (): Promise<void> => {
    cancel = clock.after(EVERY_MS, () => void keep());
    await calls.keep().catch((problem: unknown) => log('warn', 'audit_log_not_kept', { problem: String(problem) }));
  };
  return { begin: keep, close: () => cancel() };
}

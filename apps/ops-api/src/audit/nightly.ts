/** The audit of each closed day: one window per run, the oldest first, until none is left. */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok } from '@argus/kit/result.ts';
import type { Work } from '../jobs/runner.ts';
import type { Auditor } from './auditor.ts';
import { conclude, type ConcludeDeps } from './conclude.ts';
import type { RecordReader } from './record.ts';
import type { ReconciliationStore } from './reconciliation.ts';
import { dueAt, nextWindow } from './windows.ts';

const AUDITOR = 'auditor';
/** With nothing on record there is nothing to plan by. */
const LOOK_MS = 3_600_000;

type Deps = ConcludeDeps & { readonly clock: Clock; readonly newId: () => string; readonly auditor: Auditor; readonly record: Pick<RecordReader, 'begunAt'>; readonly results: Pick<ReconciliationStore, 'lastNightly' | 'audited'> };

export function makeNightly(deps: Deps): Work {
  const { clock, newId, auditor, record, results } = deps;
  return async () => {
    const last = await results.lastNightly();
    const window = nextWindow({ last, begun: last === null ? await record.begunAt() : null });
    const now = clock.now();
    if (window === null) return ok(now + LOOK_MS);
    if (dueAt(window) > now) return ok(dueAt(window));
    const { reached, ...found } = await auditor.audit(window, await results.audited());
    const done = await conclude(deps, { ...found, ...window, id: newId(), kind: 'nightly', finishedAt: clock.now(), by: AUDITOR }, { reached });
    if (!done.ok) return err(done.error.internal ?? done.error.code);
    return ok(Math.max(clock.now(), dueAt({ from: window.to, to: window.to + (window.to - window.from) })));
  };
}

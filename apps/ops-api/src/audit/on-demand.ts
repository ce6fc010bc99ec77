/** The same audit when somebody asks for it: bounded, and one at a time over all nodes. */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { Reconcile, Reconciliations, ReconciliationView } from '@argus/protocol/http/reconciliation.ts';
import type { Holder, JobStore } from '../jobs/job.ts';
import type { Actor } from '../tenants/create.ts';
import type { Auditor } from './auditor.ts';
import { conclude, type ConcludeDeps } from './conclude.ts';
import type { RecordReader } from './record.ts';
import { reconciliationView, type Reconciliation, type ReconciliationStore } from './reconciliation.ts';
import { DAY_MS, hoursOf, type Window } from './windows.ts';

/** About ten seconds of work; the nightly audit has no such bound. */
export const ROWS_MAX = 200_000;
export const RANGE_MAX_MS = 31 * DAY_MS;
const LIST_MAX = 100;
/** Held as a job nobody runs: after a crash the lease runs out. */
const TURN = 'audit_on_demand';
const TURN_MS = 5 * 60_000;

type Deps = ConcludeDeps & {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly by: Holder;
  readonly jobs: Pick<JobStore, 'seize' | 'finish'>;
  readonly auditor: Auditor;
  readonly record: Pick<RecordReader, 'counts'>;
  readonly results: Pick<ReconciliationStore, 'list'>;
};

export function makeReconcile(deps: Deps) {
  const { clock, newId, by, jobs, auditor, record, results } = deps;

  function windowOf({ from, to }: Reconcile): Result<Window, Denial> {
    const now = clock.now();
    const end = to === undefined ? now : Date.parse(to);
    const start = from === undefined ? end - DAY_MS : Date.parse(from);
    if (start >= end || end > now) return err(denyWith('bad_request', { problems: ['from has to be before to, and to not later than now'] }));
    return end - start > RANGE_MAX_MS ? err(deny('audit_range_too_large')) : ok({ from: start, to: end });
  }

  async function isTooMuch(window: Window): Promise<boolean> {
    let rows = 0;
    for (const hour of hoursOf(window)) {
      const { auditRows, events } = await record.counts(hour);
      rows += Math.max(auditRows, events);
      if (rows > ROWS_MAX) return true;
    }
    return false;
  }

  async function audit({ principal, ip }: Actor, window: Window): Promise<Result<ReconciliationView, Denial>> {
    if (await isTooMuch(window)) return err(deny('audit_range_too_large'));
    const { reached: _, ...found } = await auditor.audit(window, null);
    const result: Reconciliation = { ...found, ...window, id: newId(), kind: 'on_demand', finishedAt: clock.now(), by: principal.operator };
    const done = await conclude(deps, result, { reached: [], ip });
    return done.ok ? ok(reconciliationView(result)) : done;
  }

  /** An audit looks at all tenants, and what it finds names them. */
  const seesAll = ({ principal }: Actor): boolean => principal.tenants === null;
  const notForSome = err(denyWith('missing_role', { problems: ['the token is for some tenants only'] }));

  return {
    async reconcile(actor: Actor, body: Reconcile): Promise<Result<ReconciliationView, Denial>> {
      if (!seesAll(actor)) return notForSome;
      const window = windowOf(body);
      if (!window.ok) return window;
      const now = clock.now();
      if (!(await jobs.seize(TURN, { ...by, now, until: now + TURN_MS }))) return err(deny('audit_running'));
      try {
        return await audit(actor, window.value);
      } finally {
        await jobs.finish(TURN, by, clock.now());
      }
    },
    async list(actor: Actor): Promise<Result<Reconciliations, Denial>> {
      if (!seesAll(actor)) return notForSome;
      return ok({ reconciliations: (await results.list(LIST_MAX)).map(reconciliationView) });
    },
  };
}

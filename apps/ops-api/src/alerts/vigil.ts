/**
 * Everything that looks at what was recorded, joined: tripwires behind the ledger, the nightly audit, the mail. Nothing
 * in here is waited for by anybody who acts.
 */
import type { Clock } from '@argus/kit/clock.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import type { Attempt } from '../audit/attempt.ts';
import { createAuditor } from '../audit/auditor.ts';
import type { Finding } from '../audit/findings.ts';
import { makeNightly } from '../audit/nightly.ts';
import { makeReconcile } from '../audit/on-demand.ts';
import type { Holder } from '../jobs/job.ts';
import { createRunner } from '../jobs/runner.ts';
import type { Checkpoints } from '../ledger/checkpoints.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LinkIdentity } from '../agents/link.ts';
import type { Log, Stores } from '../ports.ts';
import { makeDeliver, type Mailer } from './deliver.ts';
import { makeLook } from './look.ts';
import { makeAlerts } from './show.ts';
import { createTripwires } from './trip.ts';
import { alarmOf, handshakeFailed, type RefusedHandshake } from './tripwires.ts';

export type VigilDeps = {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly instance: InstanceId;
  readonly by: Holder;
  readonly stores: Stores;
  readonly ledger: Ledger; // itself, not the one that is observed
  readonly checkpoints: Pick<Checkpoints, 'open'>;
  readonly keptFindings?: (() => Promise<readonly Finding[]>) | undefined;
  readonly mail: { readonly mailer: Mailer; readonly publicUrl: string | undefined } | null;
  readonly log: Log;
};

export function createVigil(deps: VigilDeps) {
  const { clock, stores, log } = deps;
  const onHigh = () => {
    if (!deps.mail) return;
    const hurried = stores.jobs.hurry('alert_mail', clock.now()).then(() => runner.look());
    hurried.catch((problem: unknown) => log('warn', 'mail_not_hurried', { problem: String(problem) })); // it looks by itself soon
  };
  const tripwires = createTripwires({ ...deps, onHigh });
  const auditor = createAuditor({ ...deps, record: stores.record, leaves: stores.leaves });
  const auditing = { ...deps, auditor, tripwires, record: stores.record, results: stores.reconciliations, jobs: stores.jobs };
  const runner = createRunner({
    ...deps,
    jobs: stores.jobs,
    work: {
      nightly_audit: makeNightly(auditing),
      tripwire_look: makeLook({ clock, facts: stores.tripwireFacts, alerts: stores.alerts, tripwires }),
      ...(deps.mail && { alert_mail: makeDeliver({ ...deps, ...deps.mail, alerts: stores.alerts }) }),
    },
    onFailing(name, since) {
      const kind = name === 'alert_mail' ? 'mail_undelivered' : 'job_failing';
      void tripwires.fireOnce({ kind, subject: name, key: `${kind} ${name} ${since}`, at: clock.now(), details: [name] });
    },
  });

  return {
    saw: (attempt: Attempt) => tripwires.saw(attempt),
    refusedHandshake: (refused: RefusedHandshake) => tripwires.fire(handshakeFailed(refused, clock.now())),
    alarm(who: LinkIdentity, alarm: string): void {
      const firing = alarmOf({ agent: who.agent, tenant: who.tenant }, alarm, clock.now());
      if (firing) tripwires.fire(firing);
    },
    use: { alerts: makeAlerts({ ...deps, alerts: stores.alerts }), audit: makeReconcile(auditing) },
    begin: () => runner.begin(),
    async close(): Promise<void> {
      await runner.close();
      await tripwires.close();
    },
  };
}
export type Vigil = ReturnType<typeof createVigil>;

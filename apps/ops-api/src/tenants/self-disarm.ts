/**
 * A tenant whose arming is over is disarmed in the record too, and its live sessions end. Nothing depends on this having
 * run: whether a tenant is armed is looked at on every use. Several nodes may look at once; one of them writes the entry.
 */
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ArmingStore, Log, Overdue } from '../ports.ts';
import type { Custody } from '../sessions/custody.ts';

/** How late the entry, and the end of a session that nobody uses, may be. */
export const SELF_DISARM_EVERY_MS = 30_000;

export type SelfDisarmDeps = {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly arming: Pick<ArmingStore, 'overdue'>;
  readonly custody: Pick<Custody, 'beginClosing' | 'endAllOfTenant'>;
  readonly log: Log;
};

export function createSelfDisarm(deps: SelfDisarmDeps) {
  let cancel = () => {};
  let looking: Promise<void> = Promise.resolve();
  let isClosed = false;
  /** Tenants whose sessions were ended before the entry could be written: once is enough, the ends are kept until written. */
  const ended = new Set<TenantId>();

  async function disarm({ tenant, until }: Overdue): Promise<void> {
    const reopen = deps.custody.beginClosing(tenant);
    try {
      const at = deps.clock.now();
      const written = await deps.ledger.append(
        {
          at,
          type: 'tenant_disarmed',
          phase: 'fact',
          tenant,
          operator: 'server',
          by: 'server',
          reason: `it was armed until ${isoTime(until)}, and that time is over`,
          outcome: 'ok',
        },
        [{ do: 'disarm_armed', tenant, overdueAt: at }],
      );
      const wereEnded = ended.delete(tenant);
      // Another node was faster, or somebody armed it anew: what is live now is not ours to end.
      if (!written.ok && written.error.code === 'tenant_not_armed') return;
      if (!written.ok) deps.log('error', 'self_disarm_not_recorded_yet', { tenant, problem: written.error.internal ?? null });
      // Its time is over, also while that cannot be written: the next look writes it.
      if (!wereEnded) await deps.custody.endAllOfTenant(tenant, { by: 'disarmed', actor: 'server' });
      if (!written.ok) ended.add(tenant);
    } finally {
      reopen();
    }
  }

  async function look(): Promise<void> {
    try {
      for (const one of await deps.arming.overdue(deps.clock.now())) await disarm(one);
    } catch (problem) {
      deps.log('warn', 'overdue_tenants_not_looked_at', { problem: String(problem) });
    }
    if (!isClosed) cancel = deps.clock.after(SELF_DISARM_EVERY_MS, begin);
  }
  const begin = (): void => void (looking = look());

  return {
    begin,
    /** Resolves when nothing of it runs any more. */
    close(): Promise<void> {
      isClosed = true;
      cancel();
      return looking;
    },
  };
}

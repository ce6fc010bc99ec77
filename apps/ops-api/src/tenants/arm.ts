import { climb, type Gate } from '@argus/kit/gate.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { TenantView } from '@argus/protocol/http/shapes.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import type { EventType } from '@argus/protocol/leaf.ts';
import { armLadder, disarmLadder, type ArmFacts } from '../gates/arm.ts';
import type { ArmingStore, Deed } from '../ports.ts';
import type { Custody } from '../sessions/custody.ts';
import { stepUpProblem } from '../people/step-up.ts';
import { recordRefusal, type RefusalDeps } from '../support/refusal.ts';
import type { Actor, TenantsDeps } from './create.ts';
import { armedUntil, consentEntry, tenantView, type Armed, type Tenant } from './tenant.ts';

export type ArmBody = { readonly reason: string; readonly confirm_tenant_id: string; readonly document_id?: string | undefined };

export type ArmDeps = TenantsDeps &
  RefusalDeps & {
    readonly custody: Pick<Custody, 'beginClosing' | 'endAllOfTenant'>;
    readonly arming: Pick<ArmingStore, 'takeTurn'>;
    readonly armedDays?: number; // unset: ARMED_DAYS
  };
type Move = {
  readonly id: TenantId;
  readonly body: ArmBody;
  readonly type: EventType;
  readonly ladder: readonly Gate<ArmFacts, Denial>[];
  readonly isShutting: boolean;
  readonly deed: (at: number, judged: { readonly tenant: Tenant; readonly isTurnTaken: boolean }) => Deed;
};

export function makeArm(deps: ArmDeps) {
  async function move({ principal, ip }: Actor, { id, body, type, ladder, isShutting, deed }: Move): Promise<Result<Tenant, Denial>> {
    const now = deps.clock.now();
    const waitMs = await deps.arming.takeTurn(principal.operator, now);
    const tenant = await deps.tenants.byId(id);
    const facts = { tenant, confirmed: body.confirm_tenant_id, documentId: body.document_id, now, waitMs, isShutting, stepUpProblem: stepUpProblem(principal, now) };
    const { passed, denial } = await climb(ladder, facts);
    const attempt = {
      at: now,
      type,
      phase: 'fact',
      tenant: tenant?.id ?? null,
      operator: principal.operator,
      ip,
      by: 'operator',
      reason: body.reason,
      gatesPassed: passed,
    } as const;
    if (denial || !tenant) {
      const refusal = denial ?? { code: 'tenant_not_found' as const };
      await recordRefusal(deps, { ...attempt, outcome: 'refused', code: refusal.code });
      return err(refusal);
    }
    const written = await deps.ledger.append({ ...attempt, outcome: 'ok' }, [deed(now, { tenant, isTurnTaken: waitMs === null })]);
    if (written.ok || written.error.code === 'audit_unavailable') return written.ok ? ok(tenant) : written;
    // Without a turn only what is open is shut, and somebody else has shut it by now.
    const isShutByNow = waitMs !== null && written.error.code === 'tenant_not_armed';
    const refusal = isShutByNow ? denyWith('rate_limited', { retry_after_s: Math.ceil(waitMs / 1_000) }) : written.error;
    await recordRefusal(deps, { ...attempt, ...(isShutByNow && { gatesPassed: [] }), outcome: 'refused', code: refusal.code });
    return err(refusal);
  }

  return {
    async arm(actor: Actor, id: TenantId, body: ArmBody): Promise<Result<TenantView, Denial>> {
      const armed = (at: number): Armed => ({ at, by: actor.principal.operator, until: armedUntil(at, deps.armedDays) });
      // What is asserted is the consent that was judged, and no other.
      const deed: Move['deed'] = (at, { tenant }) => ({ do: 'arm', tenant: id, armed: armed(at), consentSeq: consentEntry(tenant) ?? -1 });
      const done = await move(actor, { id, body, type: 'tenant_armed', ladder: armLadder, isShutting: false, deed });
      const now = deps.clock.now();
      return done.ok ? ok(tenantView({ ...done.value, armed: armed(now) }, now)) : done;
    },

    /** Shuts the door, then ends what is live behind it. */
    async disarm(actor: Actor, id: TenantId, body: ArmBody): Promise<Result<TenantView, Denial>> {
      const isConfirmed = body.confirm_tenant_id === id;
      const reopen = isConfirmed ? deps.custody.beginClosing(id) : () => undefined;
      try {
        const deed: Move['deed'] = (_at, { isTurnTaken }) => (isTurnTaken ? { do: 'disarm', tenant: id } : { do: 'disarm_armed', tenant: id, overdueAt: null });
        const done = await move(actor, { id, body, type: 'tenant_disarmed', ladder: disarmLadder, isShutting: true, deed });
        if (!done.ok) return done;
        await deps.custody.endAllOfTenant(id, { by: 'disarmed', actor: 'operator', operator: actor.principal.operator, ip: actor.ip });
        return ok(tenantView({ ...done.value, armed: null }, deps.clock.now()));
      } finally {
        reopen();
      }
    },
  };
}

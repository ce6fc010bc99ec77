import { climb, type Gate } from '@argus/kit/gate.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import type { TenantView } from '@argus/protocol/http/shapes.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import type { EventType } from '@argus/protocol/leaf.ts';
import { armLadder, disarmLadder, type ArmFacts } from '../gates/arm.ts';
import type { Deed, Log } from '../ports.ts';
import type { Custody } from '../sessions/custody.ts';
import { recordRefusal } from '../support/refusal.ts';
import type { Actor, TenantsDeps } from './create.ts';
import { armedUntil, tenantView, type Armed, type Tenant } from './tenant.ts';

export type ArmBody = { readonly reason: string; readonly confirm_tenant_id: string; readonly document_id?: string | undefined };

export function makeArm(deps: TenantsDeps & { custody: Pick<Custody, 'beginClosing' | 'endAllOfTenant'>; log: Log }) {
  async function move(
    { principal, ip }: Actor,
    { id, body, type, ladder, deed }: { id: TenantId; body: ArmBody; type: EventType; ladder: readonly Gate<ArmFacts, Denial>[]; deed: (at: number) => Deed },
  ): Promise<Result<Tenant, Denial>> {
    const now = deps.clock.now();
    const tenant = await deps.tenants.byId(id);
    const { passed, denial } = await climb(ladder, { tenant, confirmed: body.confirm_tenant_id, documentId: body.document_id, now });
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
    const written = await deps.ledger.append({ ...attempt, outcome: 'ok' }, [deed(now)]);
    return written.ok ? ok(tenant) : written;
  }

  return {
    async arm(actor: Actor, id: TenantId, body: ArmBody): Promise<Result<TenantView, Denial>> {
      const armed = (at: number): Armed => ({ at, by: actor.principal.operator, until: armedUntil(at) });
      const done = await move(actor, { id, body, type: 'tenant_armed', ladder: armLadder, deed: (at) => ({ do: 'arm', tenant: id, armed: armed(at) }) });
      const now = deps.clock.now();
      return done.ok ? ok(tenantView({ ...done.value, armed: armed(now) }, now)) : done;
    },

    /** Shuts the door, then ends what is live behind it. */
    async disarm(actor: Actor, id: TenantId, body: ArmBody): Promise<Result<TenantView, Denial>> {
      const isConfirmed = body.confirm_tenant_id === id;
      const reopen = isConfirmed ? deps.custody.beginClosing(id) : () => undefined;
      try {
        const done = await move(actor, { id, body, type: 'tenant_disarmed', ladder: disarmLadder, deed: () => ({ do: 'disarm', tenant: id }) });
        if (!done.ok) return done;
        await deps.custody.endAllOfTenant(id, { by: 'disarmed', actor: 'operator', operator: actor.principal.operator, ip: actor.ip });
        return ok(tenantView({ ...done.value, armed: null }, deps.clock.now()));
      } finally {
        reopen();
      }
    },
  };
}

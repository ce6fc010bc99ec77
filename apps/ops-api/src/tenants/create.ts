import type { Clock } from '@argus/kit/clock.ts';
import { ok, type Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import { err } from '@argus/kit/result.ts';
import type { TenantView } from '@argus/protocol/http/shapes.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TenantStore } from '../ports.ts';
import { maySee, type Principal } from '../people/principal.ts';
import { tenantView, type Tenant } from './tenant.ts';

export type TenantsDeps = {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly tenants: TenantStore;
};
/** Who acts, from where. */
export type Actor = { readonly principal: Principal; readonly ip: string };

export const makeTenants = ({ clock, ledger, tenants }: TenantsDeps) => ({
  async create({ principal, ip }: Actor, { id, name }: { id: TenantId; name: string }): Promise<Result<TenantView, Denial>> {
    // A token for some tenants must not make itself more of them.
    if (!maySee(principal, id)) return err(denyWith('missing_role', { problems: ['the token is for other tenants'] }));
    if (await tenants.byId(id)) return err(deny('tenant_exists'));
    const at = clock.now();
    const written = await ledger.append(
      { at, type: 'tenant_created', phase: 'fact', tenant: id, operator: principal.operator, ip, by: 'operator', reason: `tenant added: ${name}`, outcome: 'ok' },
      [{ do: 'create_tenant', id, name, at }],
    );
    if (!written.ok) return written;
    const created: Tenant = { id, name, createdAt: at, consent: null, consentLeaf: null, armed: null };
    return ok(tenantView(created, at));
  },

  async list({ principal }: Actor): Promise<Result<{ tenants: readonly TenantView[] }, Denial>> {
    const all = await tenants.list();
    return ok({ tenants: all.filter((t) => maySee(principal, t.id)).map((t) => tenantView(t, clock.now())) });
  },
});

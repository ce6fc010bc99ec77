import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { maySee, type Principal } from '../people/principal.ts';
import type { TenantStore } from '../ports.ts';

/** A tenant that somebody asks about by name: unknown and not theirs are one answer. Null: it may be answered. */
export async function refusalOfNamed(tenants: Pick<TenantStore, 'byId'>, principal: Principal, tenant: TenantId): Promise<Denial | null> {
  return maySee(principal, tenant) && (await tenants.byId(tenant)) !== null ? null : deny('tenant_not_found');
}

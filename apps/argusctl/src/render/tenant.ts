import type { TenantView } from '@argus/protocol/http/shapes.ts';
import { fields, table, timeOf, type Block } from './view.ts';

const armed = (tenant: TenantView): string => (tenant.armed ? `until ${timeOf(tenant.armed_until)}` : 'no');

export const tenantsTable = (tenants: readonly TenantView[]): Block =>
  table(
    ['TENANT', 'NAME', 'CONSENT', 'ARMED'],
    tenants.map((tenant) => [tenant.id, tenant.name, tenant.consent, armed(tenant)]),
    'No tenants that your token may see.',
  );

export const tenantFields = (tenant: TenantView): Block =>
  fields({
    tenant: tenant.id,
    name: tenant.name,
    consent: tenant.consent,
    document: tenant.consent_document_id,
    armed: armed(tenant),
  });

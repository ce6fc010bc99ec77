import type { TenantShown, TenantView } from '@argus/protocol/http/shapes.ts';
import { aside, fields, line, table, timeOf, type Block } from './view.ts';

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

const KIND = { tenant_signed: 'signed by the tenant: machines check it for themselves', recorded: 'recorded only: machines with a consent key do not take it' } as const;
const PINNED = { none: 'none: goes by the record', same_key: 'the key of this consent', another_key: 'another key: takes nothing of this consent' } as const;

const consentCells = ({ consent_kind: kind, consent, consent_document_id: document, keeps_results: keeps, receipt }: TenantShown) => ({
  consent,
  'in whose hand': kind && KIND[kind],
  document,
  ...(consent !== 'missing' && { results: keeps ? `kept for ${keeps.days} days, sealed to the tenant's key ${keeps.key_fingerprint}` : 'not kept: digests only' }),
  ...(receipt && {
    'receipt serial': receipt.serial,
    'receipt from': timeOf(receipt.not_before),
    'receipt until': timeOf(receipt.not_after),
    'receipt key': receipt.key_fingerprint,
    'proof of operator': receipt.needs_operator_proof ? 'asked for' : 'not asked for',
  }),
});

export const tenantShown = (tenant: TenantShown): Block =>
  fields({ tenant: tenant.id, name: tenant.name, instance: tenant.instance, ...consentCells(tenant), armed: armed(tenant) });

export const consentFields = (tenant: TenantShown): Block => fields({ tenant: tenant.id, ...consentCells(tenant) });

/** What the machines say of themselves: it helps to find out why one does not open, and decides nothing. */
export const consentKeysTable = ({ consent_keys: keys }: TenantShown): readonly Block[] => [
  line(''),
  table(
    ['AGENT', 'PINNED CONSENT KEY', 'FINGERPRINT'],
    keys.map(({ agent_id: agent, pinned, key_fingerprint: fingerprint }) => [agent, PINNED[pinned], fingerprint]),
    'No machine of this tenant is enrolled.',
  ),
  ...(keys.some(({ pinned }) => pinned === 'another_key') ? [aside(''), aside('The tenant has to sign with the key its machines have, or pin this one on them.')] : []),
];

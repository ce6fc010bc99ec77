import type { Gate } from '@argus/kit/gate.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { isConsentStanding, type Tenant } from '../tenants/tenant.ts';

export type ArmFacts = {
  readonly tenant: Tenant | null;
  readonly confirmed: string;
  readonly documentId: string | undefined;
  readonly now: number;
};

/** Arming asserts a recorded consent; it never makes one. */
export const armLadder: readonly Gate<ArmFacts, Denial>[] = [
  { name: 'tenant', check: (f) => (f.tenant ? null : deny('tenant_not_found')) },
  { name: 'confirmed', check: (f) => (f.confirmed === f.tenant?.id ? null : deny('confirm_tenant_mismatch')) },
  { name: 'consent', check: (f) => (f.tenant && isConsentStanding(f.tenant, f.now) ? null : deny('tenant_consent_required')) },
  {
    name: 'document',
    check: (f) => (f.documentId === undefined || f.documentId === f.tenant?.consent?.documentId ? null : deny('consent_document_mismatch')),
  },
];

/** Closing needs less than opening. */
export const disarmLadder = armLadder.filter((gate) => gate.name === 'tenant' || gate.name === 'confirmed');

import type { Gate } from '@argus/kit/gate.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import { consentProblem, type Tenant } from '../tenants/tenant.ts';

export type ArmFacts = {
  readonly tenant: Tenant | null;
  readonly confirmed: string;
  readonly documentId: string | undefined;
  readonly now: number;
  readonly waitMs: number | null; // null: the operator has a turn left this minute
  readonly isShutting: boolean;
  readonly stepUpProblem: Denial | null;
};

/** Would this act shut a door that stands open? */
const shutsSomething = (f: ArmFacts): boolean => f.isShutting && (f.tenant?.armed ?? null) !== null && f.confirmed === f.tenant?.id;

/**
 * Arming asserts a recorded consent; it never makes one. The limit comes first, so that a flood does nothing; but an
 * open door is shut whenever somebody who may shut it says so, however often they have been here this minute.
 */
export const armLadder: readonly Gate<ArmFacts, Denial>[] = [
  {
    name: 'turn',
    check: (f) => (f.waitMs === null || shutsSomething(f) ? null : denyWith('rate_limited', { retry_after_s: Math.ceil(f.waitMs / 1_000) })),
  },
  { name: 'step_up', check: (f) => f.stepUpProblem },
  { name: 'tenant', check: (f) => (f.tenant ? null : deny('tenant_not_found')) },
  { name: 'confirmed', check: (f) => (f.confirmed === f.tenant?.id ? null : deny('confirm_tenant_mismatch')) },
  { name: 'consent', check: (f) => consentRefusal(f) },
  {
    name: 'document',
    check: (f) => (f.documentId === undefined || f.documentId === f.tenant?.consent?.documentId ? null : deny('consent_document_mismatch')),
  },
];

function consentRefusal({ tenant, now }: ArmFacts): Denial | null {
  const problem = tenant && consentProblem(tenant, now);
  if (tenant && problem === null) return null;
  return problem === null ? deny('tenant_consent_required') : denyWith('tenant_consent_required', { problems: [problem] });
}

/** Closing needs less than opening. */
export const disarmLadder = armLadder.filter(({ name }) => name === 'turn' || name === 'tenant' || name === 'confirmed');

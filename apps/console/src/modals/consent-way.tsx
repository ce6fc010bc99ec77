import type { TenantId } from '@argus/protocol/ids.ts';
import { href, paths } from '../paths.ts';
import type { Trouble } from '../ui/problem.tsx';

/** Refusals that a consent would have prevented: what the tenant signed is one step away, and so is recording another one. */
const OF_CONSENT: readonly string[] = ['tenant_consent_required', 'consent_scope_exceeded', 'consent_document_mismatch'];
export const isOfConsent = (code: string | null): boolean => code !== null && OF_CONSENT.includes(code);

export const ConsentLink = ({ tenant }: { readonly tenant: TenantId }) => <a href={href(paths.consent(tenant))}>What {tenant} signed, and recording another consent</a>;

export function ConsentWay({ problem, tenant }: { readonly problem: Trouble | null; readonly tenant: TenantId }) {
  const code = problem === null || typeof problem === 'string' || problem.kind !== 'refused' ? null : problem.code;
  return isOfConsent(code) ? (
    <p>
      <ConsentLink tenant={tenant} />
    </p>
  ) : null;
}

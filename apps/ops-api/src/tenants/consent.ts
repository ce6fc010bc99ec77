import { isoTime } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { canSealTo } from '@argus/keys/kept-result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { RecordConsent } from '@argus/protocol/http/shapes.ts';
import type { InstanceId, TenantId } from '@argus/protocol/ids.ts';
import type { Custody } from '../sessions/custody.ts';
import type { Actor, TenantsDeps } from './create.ts';
import { filledByReceipt } from './receipt.ts';
import { consentCommit, consentEntry, type Consent } from './tenant.ts';

export type ConsentAnswer = { readonly tenant_id: TenantId; readonly consent: 'signed' | 'missing'; readonly leaf_index: number };

/**
 * Recording consent is an act of its own, apart from arming, and every such act is in the tenant's log. Nobody has
 * asserted a consent that is new: the tenant is disarmed in the same transaction, and what is live under the one before ends.
 */
export const makeConsent = ({ clock, instance, ledger, tenants, custody }: TenantsDeps & { instance: InstanceId; custody: Pick<Custody, 'beginClosing' | 'endAllOfTenant'> }) => ({
  async record({ principal, ip }: Actor, tenant: TenantId, asked: RecordConsent): Promise<Result<ConsentAnswer, Denial>> {
    const at = clock.now();
    const before = await tenants.byId(tenant);
    if (!before) return err(deny('tenant_not_found'));
    const filled = filledByReceipt({ instance, tenant, body: asked, before: before.consent });
    if (!filled.ok) return err(denyWith('bad_request', { problems: [filled.error] }));
    const body = filled.value;
    const signedAt = Date.parse(body.signed_at);
    if (signedAt > at) return err(denyWith('bad_request', { problems: ['signed_at: is in the future'] }));
    const expiresAt = body.expires_at === undefined ? null : Date.parse(body.expires_at);
    if (expiresAt !== null && expiresAt <= at) return err(denyWith('bad_request', { problems: ['expires_at: is not in the future'] }));
    if (body.keep_results && !canSealTo(body.keep_results.key)) return err(denyWith('bad_request', { problems: ['keep_results.key: nothing can be sealed to it'] }));
    const consent: Consent = {
      signedAt,
      documentId: body.document_id,
      documentSha256: body.document_sha256,
      signer: body.signer,
      recordedBy: principal.operator,
      expiresAt,
      scope: body.scope ?? null,
      ...(body.keep_results && { keepResults: body.keep_results }),
      ...(body.receipt !== undefined && { receipt: body.receipt }),
    };
    const known = consentEntry(before, consent);
    if (known !== null && known === consentEntry(before)) return ok({ tenant_id: tenant, consent: 'signed', leaf_index: known });
    const replaces = before.consent ? '; replaces the one before, so the tenant is disarmed' : '';
    const reopen = custody.beginClosing(tenant);
    try {
      const written = await ledger.append(
        {
          at,
          type: 'consent_recorded',
          phase: 'fact',
          tenant,
          operator: principal.operator,
          ip,
          by: 'operator',
          reason: `consent signed ${isoTime(signedAt)}, document ${body.document_id}${replaces}`,
          args: consentCommit(consent),
          outcome: 'ok',
        },
        [{ do: 'save_consent', tenant, consent, at }],
      );
      if (!written.ok) return written;
      await custody.endAllOfTenant(tenant, { by: 'disarmed', actor: 'operator', operator: principal.operator, ip });
      return ok({ tenant_id: tenant, consent: 'signed', leaf_index: written.value.seq });
    } finally {
      reopen();
    }
  },

  /** Ends every live session first; the door is shut before the sessions are looked for. */
  async withdraw({ principal, ip }: Actor, tenant: TenantId, { reason }: { reason: string }): Promise<Result<ConsentAnswer, Denial>> {
    const reopen = custody.beginClosing(tenant);
    try {
      const at = clock.now();
      const written = await ledger.append(
        { at, type: 'consent_withdrawn', phase: 'fact', tenant, operator: principal.operator, ip, by: 'operator', reason, outcome: 'ok' },
        [{ do: 'withdraw_consent', tenant, by: principal.operator, at }],
      );
      if (!written.ok) return written;
      await custody.endAllOfTenant(tenant, { by: 'consent_withdrawn', actor: 'operator', operator: principal.operator, ip });
      return ok({ tenant_id: tenant, consent: 'missing', leaf_index: written.value.seq });
    } finally {
      reopen();
    }
  },
});

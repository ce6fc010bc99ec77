import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { keyFingerprint } from '@argus/keys/consent.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import type { TenantShown } from '@argus/protocol/http/shapes.ts';
import type { InstanceId, TenantId } from '@argus/protocol/ids.ts';
import { Manifest } from '@argus/protocol/manifest.ts';
import type { Agent } from '../agents/agent.ts';
import type { AgentStore, TenantStore } from '../ports.ts';
import { receiptOn } from './receipt.ts';
import { consentEntry, tenantView, type Consent, type Tenant } from './tenant.ts';

export type ShowTenantDeps = { readonly clock: Clock; readonly instance: InstanceId; readonly tenants: Pick<TenantStore, 'byId'>; readonly agents: Pick<AgentStore, 'list'> };

/** One tenant: in whose hand its consent is, and which of its machines go by the key that signed it. */
export const makeShowTenant =
  ({ clock, instance, tenants, agents }: ShowTenantDeps) =>
  async (id: TenantId): Promise<Result<TenantShown, Denial>> => {
    const tenant = await tenants.byId(id);
    if (!tenant) return err(deny('tenant_not_found'));
    const { consent } = tenant;
    const receipt = consent && receiptView(consent);
    const enrolled = (await agents.list(id)).filter((agent) => agent.revokedAt === null && agent.keys !== null);
    return ok({
      ...tenantView(tenant, clock.now()),
      instance,
      consent_kind: consent === null ? null : receipt === null ? 'recorded' : 'tenant_signed',
      consent_record: consent && recordView(tenant, consent),
      consent_scope: consent?.scope ?? null,
      keeps_results: consent?.keepResults ? { key_fingerprint: keyFingerprint(consent.keepResults.key), days: consent.keepResults.days } : null,
      receipt,
      consent_keys: enrolled.map((agent) => keyOf(agent, receipt)),
    });
  };

const recordView = (tenant: Tenant, consent: Consent): TenantShown['consent_record'] => ({
  document_id: consent.documentId,
  document_sha256: consent.documentSha256,
  signed_at: isoTime(consent.signedAt),
  signer: consent.signer,
  recorded_by: consent.recordedBy,
  expires_at: consent.expiresAt === null ? null : isoTime(consent.expiresAt),
  leaf_index: consentEntry(tenant, consent),
});

function receiptView(consent: Consent): TenantShown['receipt'] {
  const found = receiptOn(consent);
  if (found === null || consent.receipt === undefined) return null;
  const { serial, not_before, not_after, operator_keys } = found.receipt;
  return { serial, key_fingerprint: keyFingerprint(found.key), not_before, not_after, needs_operator_proof: operator_keys !== undefined, sha256: sha256Hex(consent.receipt) };
}

/** What the machine said itself. A consent that is only recorded is signed with no key, so every pinned one is another. */
function keyOf({ id, manifest }: Agent, receipt: TenantShown['receipt']): TenantShown['consent_keys'][number] {
  const said = manifest && Manifest.safeParse(parseJson(manifest.text));
  const fingerprint = said?.success ? said.data.consent_key_fingerprint : null;
  return { agent_id: id, key_fingerprint: fingerprint, pinned: fingerprint === null ? 'none' : fingerprint === receipt?.key_fingerprint ? 'same_key' : 'another_key' };
}

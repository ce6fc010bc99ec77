/** A tenant that has signed and is armed, with one enrolled agent, in any stores. */
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { seal } from '@argus/keys/seal.ts';
import { newHandle, type AgentId, type Pat, type TenantId } from '@argus/protocol/ids.ts';
import type { Ledger } from '../src/ledger/ledger.ts';
import type { Deed } from '../src/ports.ts';
import type { Scope } from '../src/people/principal.ts';
import { armedUntil } from '../src/tenants/tenant.ts';
import { AGENT, consentAttempt, consentOf, DAY_MS, factOf, MASTER_KEY, principalOf, secretHash, seededRandom, START, TENANT } from './sample.ts';

const random = seededRandom('tenants');
export const IDENTITY = signingKeyOf(new Uint8Array(32).fill(3));
export const PASSKEY = new Uint8Array(32).fill(5);

export async function consentedAndArmed(ledger: Ledger, tenant: TenantId = TENANT, agent: AgentId = AGENT): Promise<void> {
  const consent = consentOf();
  const codeHash = random(32);
  const purpose = { purpose: 'passkey', tenant, agent } as const;
  const steps: readonly (readonly [Parameters<Ledger['append']>[0], Deed])[] = [
    [factOf({ tenant, type: 'tenant_created', outcome: 'ok' }), { do: 'create_tenant', id: tenant, name: 'Seven Eleven', at: START }],
    [consentAttempt(tenant, consent), { do: 'save_consent', tenant, consent, at: START }],
    [factOf({ tenant, type: 'tenant_armed', outcome: 'ok' }), { do: 'arm', tenant, armed: { at: START, by: 'ana@argus.example', until: armedUntil(START) } }],
    [
      factOf({ tenant, agent, type: 'agent_enrollment_code_created', outcome: 'ok' }),
      { do: 'issue_code', tenant, code: { codeHash, agent, expectedPublicKey: null, createdBy: 'ana@argus.example', createdAt: START, expiresAt: START + DAY_MS, used: null } },
    ],
    [
      factOf({ tenant, agent, type: 'agent_enrolled', outcome: 'ok' }),
      { do: 'enroll_agent', codeHash, agent, enrolled: { at: START, publicKey: IDENTITY.publicKeyText, sealedPasskey: seal(MASTER_KEY, PASSKEY, { purpose, random }), version: '1.4.0', platform: 'linux' } },
    ],
  ];
  for (const [attempt, deed] of steps) {
    const written = await ledger.append(attempt, [deed]);
    if (!written.ok) throw new Error(`${deed.do}: ${written.error.code} ${written.error.internal ?? ''}`);
  }
}

/** A token of this text, with its entry, in any stores. */
export async function keepPat(ledger: Ledger, pat: Pat, scopes: readonly Scope[]): Promise<void> {
  const row = { ...principalOf({ tokenId: newHandle('token', random), scopes }), scopes, secretHash: secretHash('pat', pat), name: 'laptop', createdAt: START, expiresAt: START + DAY_MS };
  const written = await ledger.append(factOf({ tenant: null, type: 'pat_created', outcome: 'ok' }), [{ do: 'issue_pat', pat: row }]);
  if (!written.ok) throw new Error(`issue_pat: ${written.error.code}`);
}

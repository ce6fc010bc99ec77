/** What is true on a good day, for tests to break one thing at a time. */
import { createHash } from 'node:crypto';
import { isoTime } from '@argus/kit/clock.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import type { Random } from '@argus/keys/random.ts';
import { makeSecretHash } from '@argus/keys/secrets.ts';
import { mustId, newHandle, type AgentId, type SessionId, type TenantId } from '@argus/protocol/ids.ts';
import { leafText } from '@argus/protocol/leaf.ts';
import type { Agent } from '../src/agents/agent.ts';
import type { ApiCall } from '../src/audit/api-call.ts';
import { leafOf, type Attempt } from '../src/audit/attempt.ts';
import type { LoginPrincipal, PatPrincipal, Scope } from '../src/people/principal.ts';
import type { KeptResult } from '../src/ports.ts';
import type { Session } from '../src/sessions/session.ts';
import { armedUntil, consentCommit, type Consent, type Tenant } from '../src/tenants/tenant.ts';

export const START = Date.UTC(2026, 2, 1, 12);
export const DAY_MS = 86_400_000;
export const MASTER_KEY = new Uint8Array(32).fill(7);
export const LOG_KEY = signingKeyOf(new Uint8Array(32).fill(9));
export const secretHash = makeSecretHash(MASTER_KEY);

/** Looks random, is the same in every run. */
export function seededRandom(seed: string): Random {
  let counter = 0;
  return (bytes) => {
    const out = Buffer.alloc(bytes);
    for (let at = 0; at < bytes; at += 32) createHash('sha256').update(`${seed} ${counter++}`).digest().copy(out, at);
    return out;
  };
}
const random = seededRandom('sample');

export const INSTANCE = newHandle('instance', random);
export const NODE = newHandle('node', random);
export const TENANT = mustId('tenant', 'UTD_7ELEVEN_001');
export const OTHER_TENANT = mustId('tenant', 'UTD_OTHER_002');
export const AGENT = mustId('agent', 'agent_macpro_lobby_01');
export const newSessionId = (): SessionId => newHandle('session', random);

/** Audit ids in order, one counter per test file. */
let ids = 0;
export const newId = (): string => `00000000-0000-4000-8000-${String(ids++).padStart(12, '0')}`;

export const consentOf = (over: Partial<Consent> = {}): Consent => ({
  signedAt: START - DAY_MS,
  documentId: 'DOC-2026-014',
  documentSha256: 'ab'.repeat(32),
  signer: { name: 'Kim Park', email: 'kim@tenant.example' },
  recordedBy: 'ana@argus.example',
  expiresAt: null,
  scope: null,
  ...over,
});

export const keptOf = (over: Partial<KeptResult> = {}): KeptResult => ({
  tenant: TENANT,
  agent: AGENT,
  session: mustId('session', `rss_${'k'.repeat(20)}`),
  requestId: mustId('request', 'req_kept_one'),
  at: START,
  until: START + DAY_MS,
  key: `${'A'.repeat(43)}=`,
  sealed: new Uint8Array(1_000).fill(7),
  signature: `${'A'.repeat(86)}==`,
  ...over,
});

export const consentAttempt = (tenant: TenantId, consent: Consent): Attempt => ({
  at: START,
  type: 'consent_recorded',
  phase: 'fact',
  tenant,
  operator: consent.recordedBy,
  by: 'operator',
  reason: `consent signed ${isoTime(consent.signedAt)}`,
  args: consentCommit(consent),
  outcome: 'ok',
});

/** The text of the leaf that says so. */
export const consentLeaf = (tenant: TenantId, consent: Consent, seq = 1): string =>
  leafText(leafOf(consentAttempt(tenant, consent), { instance: INSTANCE, seq }));

/** Signed and armed. */
export const tenantOf = (over: Partial<Tenant> = {}): Tenant => {
  const id = over.id ?? TENANT;
  const consent = over.consent === undefined ? consentOf() : over.consent;
  return {
    id,
    name: 'Seven Eleven',
    createdAt: START - 2 * DAY_MS,
    consentLeaf: consent && consentLeaf(id, consent),
    armed: { at: START - DAY_MS, by: 'ana@argus.example', until: armedUntil(START - DAY_MS) },
    ...over,
    consent,
  };
};

export const agentOf = (over: Partial<Agent> = {}): Agent => ({
  id: AGENT,
  tenant: TENANT,
  createdAt: START - DAY_MS,
  keys: { publicKey: LOG_KEY.publicKeyText, sealedPasskey: new Uint8Array(60) },
  revokedAt: null,
  version: '1.4.0',
  platform: 'linux x64 6.1',
  lastSeenAt: null,
  manifest: null,
  ...over,
});

export const principalOf = (over: Partial<PatPrincipal> = {}): PatPrincipal => ({
  tokenId: mustId('token', `tok_${'a'.repeat(20)}`),
  operator: 'ana@argus.example',
  scopes: ['remote_support'] as readonly Scope[],
  tenants: null,
  ...over,
});

/** Somebody who is signed in, with a second factor shown a moment ago. */
export const personOf = (over: Partial<LoginPrincipal> = {}): LoginPrincipal => ({
  tokenId: mustId('login', `lgn_${'a'.repeat(20)}`),
  operator: 'ana@argus.example',
  scopes: ['remote_support'],
  tenants: null,
  login: { user: mustId('user', `usr_${'a'.repeat(20)}`), role: 'operator', confirmedAt: START },
  ...over,
});
export const unconfirmed = (): LoginPrincipal => personOf({ login: { ...personOf().login, confirmedAt: null } });

type Open = Extract<Session, { readonly state: 'activating' | 'active' }>;
export const sessionOf = (over: Partial<Open> = {}): Open => ({
  state: 'active',
  id: newSessionId(),
  tenant: TENANT,
  agent: AGENT,
  operator: 'ana@argus.example',
  tokenId: principalOf().tokenId,
  reason: 'investigate alert',
  minutes: 30,
  createdAt: START,
  expiresAt: START + 30 * 60_000,
  node: NODE,
  epoch: 1,
  ...over,
});

/** A fact without a deed: anything that can be in a log. */
export const factOf = (over: Partial<Attempt> = {}): Attempt => ({
  at: START,
  type: 'remote_support_activation',
  phase: 'fact',
  tenant: TENANT,
  operator: 'ana@argus.example',
  by: 'operator',
  reason: 'investigate alert',
  outcome: 'refused',
  code: 'tenant_not_armed',
  ...over,
});

/** A call of the API, as it goes into its record. */
export const callOf = (over: Partial<ApiCall> = {}): ApiCall => ({
  id: newId(),
  at: START,
  actor: 'ana@argus.example',
  actorKind: 'pat',
  tokenId: principalOf().tokenId,
  scope: 'tenants:read',
  method: 'GET',
  route: '/tenants',
  status: 200,
  latencyMs: 3,
  named: {},
  ip: '10.1.2.3',
  userAgent: 'argusctl/0.1.0',
  bodySha256: null,
  ...over,
});

export const agentNamed = (n: number | string): AgentId => mustId('agent', `agent_${n}`.padEnd(9, '0'));

import type { Gate } from '@argus/kit/gate.ts';
import type { Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { Activate } from '@argus/protocol/http/shapes.ts';
import { isInTheWay, type Session } from '../sessions/session.ts';
import { consentProblem, isArmed, outsideConsent, type Tenant } from '../tenants/tenant.ts';
import { credentialWith, enabled, identity, networkOrAccess, opsToken, type FactorFacts } from './factors.ts';
import { agent, fresh, nonce, request, type RequestFacts } from './request.ts';

export { FRESH_MS } from './request.ts';

export type ActivationFacts = FactorFacts & Omit<RequestFacts, 'request'> & {
  readonly request: () => Result<Activate, Denial>;
  readonly tenant: () => Promise<Tenant | null>; // read fresh, every time
  readonly isOnline: () => boolean;
  readonly openSession: () => Promise<Session | null>;
};

/** The first rungs are climbed before the body is read, so whatever it holds, the first refusal is the same. */
export const RUNGS_BEFORE_BODY = 5;

export const activationLadder: readonly Gate<ActivationFacts, Denial>[] = [
  networkOrAccess,
  opsToken,
  credentialWith('remote_support'),
  identity,
  enabled,
  request,
  fresh,
  agent,
  {
    name: 'consent',
    check: async (f) => {
      const [tenant, agent] = [await f.tenant(), await f.agent()];
      if (!tenant || !agent) return deny('tenant_consent_required');
      const problem = consentProblem(tenant, f.now) ?? (tenant.consent && outsideConsent(tenant.consent, { agent: agent.id, at: f.now }));
      return problem === null ? null : denyWith('tenant_consent_required', { problems: [problem] });
    },
  },
  {
    name: 'armed',
    check: async (f) => {
      const tenant = await f.tenant();
      return tenant && isArmed(tenant, f.now) ? null : deny('tenant_not_armed');
    },
  },
  { name: 'online', check: (f) => (f.isOnline() ? null : deny('agent_offline')) },
  { name: 'free', check: async (f) => (isInTheWay(await f.openSession(), f.now) ? deny('session_active') : null) },
  nonce,
];

import type { Gate } from '@argus/kit/gate.ts';
import type { Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { Activate } from '@argus/protocol/http/shapes.ts';
import { verifyText } from '@argus/keys/ed25519.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import { proofProblem } from '@argus/protocol/operator-proof.ts';
import { isInTheWay, type Session } from '../sessions/session.ts';
import { consentProblem, isArmed, outsideConsent, type Tenant } from '../tenants/tenant.ts';
import { receiptOn } from '../tenants/receipt.ts';
import { credentialWith, enabled, identity, networkOrAccess, opsToken, type FactorFacts } from './factors.ts';
import { stepUp, type StepUpFacts } from '../people/step-up.ts';
import { agent, fresh, nonce, request, type RequestFacts } from './request.ts';

export { FRESH_MS } from './request.ts';

export type ActivationFacts = FactorFacts & Omit<RequestFacts, 'request'> & StepUpFacts & {
  readonly request: () => Result<Activate, Denial>;
  readonly instance: InstanceId;
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
  stepUp,
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
    // Where the tenant's receipt names operators. The machine asks for itself; here it is said before anything is written.
    name: 'operator_proof',
    check: async (f) => {
      const [tenant, agent, principal, request] = [await f.tenant(), await f.agent(), await f.principal(), f.request()];
      const keys = tenant?.consent && receiptOn(tenant.consent)?.receipt.operator_keys;
      if (!keys) return null;
      if (!agent || !principal || !request.ok) return deny('operator_proof_required');
      const { operator_proof: proof, reason, minutes, nonce: asked, timestamp } = request.value;
      const problem = proofProblem(proof, { keys, verify: verifyText, asked: { instance: f.instance, tenant: agent.tenant, agent: agent.id, operator: principal.operator, reason, minutes } });
      const isOfRequest = proof?.nonce === asked && proof.timestamp === timestamp;
      return problem === null && isOfRequest ? null : denyWith('operator_proof_required', { problems: [problem ?? 'the proof is of another nonce and timestamp than the request'] });
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

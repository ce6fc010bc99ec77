import type { Gate } from '@argus/kit/gate.ts';
import { isoTime } from '@argus/kit/clock.ts';
import type { Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { Activate } from '@argus/protocol/http/shapes.ts';
import type { Agent } from '../agents/agent.ts';
import { maySee } from '../people/principal.ts';
import { isInTheWay, type Session } from '../sessions/session.ts';
import { isArmed, isConsentStanding, type Tenant } from '../tenants/tenant.ts';
import { credentialWith, enabled, identity, networkOrAccess, opsToken, type FactorFacts } from './factors.ts';

export type ActivationFacts = FactorFacts & {
  readonly request: () => Result<Activate, Denial>;
  readonly now: number;
  readonly agent: () => Promise<Agent | null>;
  readonly tenant: () => Promise<Tenant | null>; // read fresh, every time
  readonly isOnline: () => boolean;
  readonly openSession: () => Promise<Session | null>;
  readonly burnNonce: () => Promise<boolean>; //     atomic and irreversible, therefore last
};

export const FRESH_MS = 60_000;

/** The first rungs are climbed before the body is read, so whatever it holds, the first refusal is the same. */
export const RUNGS_BEFORE_BODY = 5;

export const activationLadder: readonly Gate<ActivationFacts, Denial>[] = [
  networkOrAccess,
  opsToken,
  credentialWith('remote_support'),
  identity,
  enabled,
  {
    name: 'request',
    check: (f) => {
      const request = f.request();
      return request.ok ? null : request.error;
    },
  },
  {
    name: 'fresh',
    check: (f) => {
      const request = f.request();
      const offBy = request.ok ? Math.abs(f.now - Date.parse(request.value.timestamp)) : Number.NaN;
      return offBy <= FRESH_MS ? null : denyWith('stale_request', { server_time: isoTime(f.now) });
    },
  },
  {
    name: 'agent',
    check: async (f) => {
      const [request, agent, principal] = [f.request(), await f.agent(), await f.principal()];
      const isFound =
        request.ok && agent && principal && agent.revokedAt === null && agent.tenant === request.value.tenant_id && maySee(principal, agent.tenant);
      return isFound ? null : deny('agent_not_found'); // one answer for unknown, revoked, another's and not yours
    },
  },
  {
    name: 'consent',
    check: async (f) => {
      const tenant = await f.tenant();
      return tenant && isConsentStanding(tenant, f.now) ? null : deny('tenant_consent_required');
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
  { name: 'nonce', check: async (f) => ((await f.burnNonce()) ? null : deny('nonce_replayed')) },
];

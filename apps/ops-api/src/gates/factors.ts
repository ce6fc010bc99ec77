import type { Gate } from '@argus/kit/gate.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { Principal, Scope } from '../people/principal.ts';

/**
 * The gates that several ladders begin with, each of them a factor of its own. A fact that costs something or tells
 * something is a function: an unlisted caller gets one answer, and nothing is looked up for it.
 */
export type FactorFacts = {
  readonly fromOperatorNetwork: boolean;
  readonly opsTokenMatches: () => boolean;
  readonly principal: () => Promise<Principal | null>;
  readonly enabled: boolean;
};
type Factor<K extends keyof FactorFacts> = Gate<Pick<FactorFacts, K>, Denial>;

export const network: Factor<'fromOperatorNetwork'> = { name: 'network', check: (f) => (f.fromOperatorNetwork ? null : deny('ip_not_allowlisted')) };

export const opsToken: Factor<'opsTokenMatches'> = { name: 'ops_token', check: (f) => (f.opsTokenMatches() ? null : deny('bad_ops_token')) };

export const credentialWith = (scope: Scope): Factor<'principal'> => ({
  name: 'credential',
  check: async (f) => ((await f.principal())?.scopes.includes(scope) === true ? null : deny('missing_role')),
});

export const enabled: Factor<'enabled'> = { name: 'enabled', check: (f) => (f.enabled ? null : deny('remote_support_disabled')) };

import type { Gate } from '@argus/kit/gate.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import { isTenantReader, type Principal, type Scope } from '../people/principal.ts';
import { sameEmail, type WayIn } from './cf-access.ts';

/**
 * The gates that several ladders begin with, each of them a factor of its own. A fact that costs something or tells
 * something is a function: an unlisted caller gets one answer, and nothing is looked up for it.
 */
export type FactorFacts = {
  readonly fromOperatorNetwork: boolean;
  /** Absent: outside the operator networks there is no way in. */
  readonly access?: WayIn | undefined;
  readonly opsTokenMatches: () => boolean;
  readonly principal: () => Promise<Principal | null>;
  /** Of a person with a cookie: that it is not our page they come from. */
  readonly pageProblem?: (() => Denial | null) | undefined;
  readonly enabled: boolean;
};
type Factor<K extends keyof FactorFacts> = Gate<Pick<FactorFacts, K>, Denial>;

export const network: Factor<'fromOperatorNetwork'> = { name: 'network', check: (f) => (f.fromOperatorNetwork ? null : deny('ip_not_allowlisted')) };

/** Where an assertion may stand in for the network. A listed address never gets as far as one. */
export const networkOrAccess: Factor<'fromOperatorNetwork' | 'access'> = {
  name: network.name,
  check: (f) => (f.fromOperatorNetwork || !f.access ? network.check(f) : passedBy(f.access)),
};
async function passedBy(access: WayIn): Promise<Denial | null> {
  const verdict = await access();
  return verdict.ok ? null : verdict.error.denial;
}

export const opsToken: Factor<'opsTokenMatches'> = { name: 'ops_token', check: (f) => (f.opsTokenMatches() ? null : deny('bad_ops_token')) };

export const credentialWith = (scope: Scope): Factor<'principal' | 'pageProblem'> => ({
  name: 'credential',
  check: async (f) => {
    const principal = await f.principal();
    if (!principal || isTenantReader(principal)) return denyWith('missing_role', { problems: ['no valid token came with the request'] });
    const foreign = principal.login ? (f.pageProblem?.() ?? null) : null;
    if (foreign) return foreign;
    return principal.scopes.includes(scope) ? null : denyWith('missing_role', { problems: [`the token lacks the scope ${scope}`] });
  },
});

/** Right after the credential: who came in by an assertion acts under that name, whoever's token it holds. */
export const identity: Factor<'fromOperatorNetwork' | 'access' | 'principal'> = {
  name: 'identity',
  check: (f) => (f.fromOperatorNetwork ? null : isWhoWasVerified(f)),
};
async function isWhoWasVerified({ access, principal }: Pick<FactorFacts, 'access' | 'principal'>): Promise<Denial | null> {
  const [verdict, who] = [await access?.(), await principal()];
  return verdict?.ok && who && sameEmail(verdict.value.email, who.operator) ? null : deny('identity_mismatch');
}

export const enabled: Factor<'enabled'> = { name: 'enabled', check: (f) => (f.enabled ? null : deny('remote_support_disabled')) };

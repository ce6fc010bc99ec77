import type { Clock } from '@argus/kit/clock.ts';
import type { SecretHash } from '@argus/keys/secrets.ts';
import { ASSERTION_HEADER, RELAYED_HEADER, type Access } from '../access/access.ts';
import { principalOf } from '../people/credentials.ts';
import { fresh, LOOK_YOUNG_MS } from '../people/once.ts';
import type { OpsTokenGuard } from '../people/ops-token-guard.ts';
import type { PatStore } from '../ports.ts';
import type { Caller } from '../support/caller.ts';
import { clientAddress, type Networks } from './address.ts';
import { hasSecretInQuery } from './secret-in-query.ts';

export type CallerDeps = {
  readonly clock: Clock;
  readonly secretHash: SecretHash;
  readonly pats: Pick<PatStore, 'bySecretHash'>;
  readonly opsTokens: OpsTokenGuard;
  readonly operatorNetworks: Networks;
  readonly trustedProxies: Networks;
  readonly access?: Access;
};
type Arriving = { readonly socketAddress: string; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly url: string };

/** Who is at the door, from what arrived. Nothing is looked up yet: what costs or tells something is a function. */
export function makeCallerOf(deps: CallerDeps) {
  return ({ socketAddress, headers, url }: Arriving): Caller => {
    const [forwarded, opsToken, assertion, authorization] = [headers['x-forwarded-for'], headers['x-argus-ops-token'], headers[ASSERTION_HEADER], headers['authorization']];
    const isShown = hasSecretInQuery(url, { isLadder: true });
    const ip = clientAddress(socketAddress, Array.isArray(forwarded) ? forwarded.join(',') : forwarded, deps.trustedProxies);
    // The console's proxy adds the ops token for whoever it speaks for: an assertion it brings has to hold, wherever they
    // sit, and when nobody told us to trust the proxy, the address we see is its own and counts for nothing.
    const isBoundToAssertion = headers[RELAYED_HEADER] !== undefined && (assertion !== undefined || !deps.trustedProxies.has(socketAddress));
    // A caller that is itself our proxy is nobody yet, also when the proxy stands in an operator network.
    const fromOperatorNetwork = deps.operatorNetworks.has(ip) && !deps.trustedProxies.has(ip) && !isBoundToAssertion;
    return {
      ip,
      fromOperatorNetwork,
      access: fromOperatorNetwork ? undefined : deps.access?.wayIn(assertion),
      opsTokenMatches: () => deps.opsTokens.matches(ip, typeof opsToken === 'string' ? opsToken : undefined) && !isShown,
      hasSecretInQuery: isShown,
      principal: fresh(() => principalOf(deps, typeof authorization === 'string' ? authorization : undefined), { clock: deps.clock, youngMs: LOOK_YOUNG_MS }),
    };
  };
}

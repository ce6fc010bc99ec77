import type { Clock } from '@argus/kit/clock.ts';
import type { SecretHash } from '@argus/keys/secrets.ts';
import { ASSERTION_HEADER, RELAYED_HEADER, type Access } from '../access/access.ts';
import { CSRF_HEADER } from '@argus/protocol/http/auth.ts';
import { principalOf } from '../people/credentials.ts';
import type { Logins } from '../people/logins.ts';
import { fresh, LOOK_YOUNG_MS } from '../people/once.ts';
import type { OpsTokenGuard } from '../people/ops-token-guard.ts';
import type { PatStore } from '../ports.ts';
import type { Caller } from '../support/caller.ts';
import { clientAddress, type Networks } from './address.ts';
import { readLoginCookie, type CookieKind } from './cookie.ts';
import { pageProblem, signInProblem } from './own-page.ts';
import { hasSecretInQuery } from './secret-in-query.ts';

export type CallerDeps = {
  readonly clock: Clock;
  readonly secretHash: SecretHash;
  readonly pats: Pick<PatStore, 'bySecretHash'>;
  readonly opsTokens: OpsTokenGuard;
  readonly operatorNetworks: Networks;
  readonly trustedProxies: Networks;
  readonly access?: Access;
  readonly logins?: Pick<Logins, 'find' | 'csrfOf'>;
  readonly cookie?: CookieKind; // unset: plain
  readonly publicUrl?: string | undefined;
};
type Arriving = { readonly method?: string; readonly socketAddress: string; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly url: string };

/** Who is at the door, from what arrived. Nothing is looked up yet: what costs or tells something is a function. */
export function makeCallerOf(deps: CallerDeps) {
  const cookie = deps.cookie ?? 'plain';
  const publicOrigins = deps.publicUrl === undefined ? [] : [new URL(deps.publicUrl).origin];
  return ({ method = 'GET', socketAddress, headers, url }: Arriving): Caller => {
    const [forwarded, opsToken, assertion, authorization] = [headers['x-forwarded-for'], headers['x-argus-ops-token'], headers[ASSERTION_HEADER], headers['authorization']];
    const isShown = hasSecretInQuery(url, { isLadder: true });
    const ip = clientAddress(socketAddress, Array.isArray(forwarded) ? forwarded.join(',') : forwarded, deps.trustedProxies);
    // The console's proxy adds the ops token for whoever it speaks for: an assertion it brings has to hold, wherever they
    // sit, and when nobody told us to trust the proxy, the address we see is its own and counts for nothing.
    const isBoundToAssertion = headers[RELAYED_HEADER] !== undefined && (assertion !== undefined || !deps.trustedProxies.has(socketAddress));
    // A caller that is itself our proxy is nobody yet, also when the proxy stands in an operator network.
    const fromOperatorNetwork = deps.operatorNetworks.has(ip) && !deps.trustedProxies.has(ip) && !isBoundToAssertion;
    const text = (name: string) => (typeof headers[name] === 'string' ? headers[name] : undefined);
    // Who sends a token is asked for that alone: a wrong one is not made good by a cookie, and a right one needs none.
    const secret = authorization === undefined ? readLoginCookie(text('cookie'), cookie) : null;
    const ownOrigins = [...publicOrigins, `${cookie === 'secure' ? 'https' : 'http'}://${text('host') ?? ''}`];
    const sent = { method, origin: text('origin'), fetchSite: text('sec-fetch-site'), csrf: text(CSRF_HEADER), ownOrigins };
    const look = async () => (secret === null ? principalOf(deps, typeof authorization === 'string' ? authorization : undefined) : ((await deps.logins?.find(secret)) ?? null));
    return {
      ip,
      from: { ip, userAgent: text('user-agent'), secret },
      pageProblem: () => (secret && deps.logins ? pageProblem(sent, deps.logins.csrfOf(secret)) : null),
      signInProblem: () => signInProblem(sent),
      fromOperatorNetwork,
      access: fromOperatorNetwork ? undefined : deps.access?.wayIn(assertion),
      opsTokenMatches: () => deps.opsTokens.matches(ip, typeof opsToken === 'string' ? opsToken : undefined) && !isShown,
      hasSecretInQuery: isShown,
      principal: fresh(look, { clock: deps.clock, youngMs: LOOK_YOUNG_MS }),
    };
  };
}

/**
 * The way past the network gate for callers outside the operator networks: a verified assertion of Cloudflare Access.
 * A caller without one costs nothing here, and nobody is let in while nobody is allowed.
 */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok } from '@argus/kit/result.ts';
import { deny } from '@argus/protocol/errors.ts';
import { readAssertion, verifyAssertion, type AccessRefusal, type AccessVerdict, type Allowed, type WayIn } from '../gates/cf-access.ts';
import { once } from '../people/once.ts';
import type { Log } from '../ports.ts';
import { createSigningKeys, type Jwks } from './signing-keys.ts';

export const ASSERTION_HEADER = 'cf-access-jwt-assertion';
/** The console's proxy says by it that it speaks for somebody else. It only ever takes trust away, so anybody may send it. */
export const RELAYED_HEADER = 'x-argus-relayed';

export type AccessSettings = { readonly aud: string; readonly teamDomain: string; readonly allowed: Allowed };

/** Undefined: this caller has no such way in, and nothing is looked at. */
export type Access = { wayIn(header: string | readonly string[] | undefined): WayIn | undefined };

export function createAccess(
  { aud, teamDomain, allowed }: AccessSettings,
  deps: { readonly jwks: Jwks; readonly clock: Clock; readonly log: Log },
): Access {
  const keys = createSigningKeys(deps);
  const issuer = `https://${teamDomain}`;

  async function verdictOn(text: string): Promise<AccessVerdict> {
    const assertion = readAssertion(text);
    if (!assertion.ok) return refused({ flaw: assertion.error });
    const key = await keys.find(assertion.value.keyId);
    if (!key.ok) return refused({ flaw: key.error });
    const email = verifyAssertion(assertion.value, { key: key.value, aud, issuer, allowed, now: deps.clock.now() });
    return email.ok ? ok({ email: email.value }) : refused(email.error);
  }

  const isAnybodyAllowed = allowed.emails.length + allowed.domains.length > 0;
  return {
    wayIn(header) {
      // Half set up: shut, and the same for everybody, until somebody says who may come in.
      if (!isAnybodyAllowed) return nobodyIsAllowed;
      return typeof header === 'string' && header !== '' ? once(() => verdictOn(header)) : undefined;
    },
  };
}

/** To the caller it is what it would have been without an assertion. */
const refused = (why: Omit<AccessRefusal, 'denial'>): AccessVerdict => err({ denial: deny('ip_not_allowlisted', why.flaw), ...why });

const nobodyIsAllowed: WayIn = () => err({ denial: deny('access_allowlist_empty') });

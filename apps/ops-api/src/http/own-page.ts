import { sameSecretText } from '@argus/keys/hash.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { CsrfToken } from '@argus/protocol/ids.ts';

/**
 * A cookie travels by itself, with any page's request. So whoever comes with one has to come from our own page: the browser
 * says which page it was, and a page that is not ours cannot read the token that goes with the sign-in. Nothing of this is
 * asked of a PAT, which no browser adds by itself.
 */
export type Sent = {
  readonly method: string;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly csrf: string | undefined;
  /** As a page of ours would be spelled. */
  readonly ownOrigins: readonly string[];
};

const reads = (method: string): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';

function isForeign({ method, origin, fetchSite, ownOrigins }: Sent): boolean {
  if (origin !== undefined && !ownOrigins.includes(origin)) return true;
  return fetchSite !== undefined && fetchSite !== 'same-origin' && !(fetchSite === 'none' && reads(method));
}

/** Of a caller with a cookie. Null: it is our page. A browser that says nothing at all may look, and change nothing. */
export function pageProblem(sent: Sent, token: CsrfToken): Denial | null {
  const saysNothing = sent.origin === undefined && sent.fetchSite === undefined;
  if (isForeign(sent) || (saysNothing && !reads(sent.method))) return deny('foreign_origin');
  return reads(sent.method) || sameSecretText(sent.csrf ?? '', token) ? null : deny('csrf_refused');
}

/** Of somebody who is about to sign in: a browser has to come from our page, a program says nothing. */
export const signInProblem = (sent: Sent): Denial | null => (isForeign(sent) ? deny('foreign_origin') : null);

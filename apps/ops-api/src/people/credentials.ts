import type { Clock } from '@argus/kit/clock.ts';
import { sameSecretText } from '@argus/keys/hash.ts';
import { isPatIntact, type SecretHash } from '@argus/keys/secrets.ts';
import { parseId } from '@argus/protocol/ids.ts';
import type { PatStore } from '../ports.ts';
import type { Principal } from './principal.ts';

/** The principal behind an Authorization header, or nobody. Looks into the store only for an intact token. */
export async function principalOf(
  deps: { readonly pats: Pick<PatStore, 'bySecretHash'>; readonly secretHash: SecretHash; readonly clock: Clock },
  authorization: string | undefined,
): Promise<Principal | null> {
  const pat = parseId('pat', authorization?.startsWith('Bearer ') ? authorization.slice(7) : undefined);
  return pat && isPatIntact(pat) ? deps.pats.bySecretHash(deps.secretHash('pat', pat), deps.clock.now()) : null;
}

/** Constant time over all tokens: which of them it was, or how near it came, takes no longer or shorter. */
export function opsTokenMatches(tokens: readonly string[], given: string | undefined): boolean {
  let matches = false;
  for (const token of tokens) if (sameSecretText(token, given ?? '')) matches = true;
  return matches && given !== undefined && given !== ''; // an empty setting is nobody's token
}

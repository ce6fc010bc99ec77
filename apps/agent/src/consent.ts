import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { endOfHours } from '@argus/protocol/consent-hours.ts';
import { readScope, type CarriedScope } from '@argus/protocol/consent-scope.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';

/**
 * What the owner consented to, as the entry of the activation has it. A long scope stands there as its digest and comes
 * with the frame; only the text of that digest counts. One that is not understood to its last field is no consent.
 */
export function scopeOf(leaf: Leaf | null, carried: string | undefined): Result<CarriedScope | null, string> {
  const pinned = leaf?.args_commit?.['scope'];
  if (pinned === undefined) return ok(null); // a server from before scopes were carried
  if (typeof pinned === 'string') return readScope(pinned);
  if (typeof pinned !== 'object') return err('the scope is no text');
  if (carried === undefined || sha256Hex(carried) !== pinned.sha256) return err('the scope is not the one the entry pins');
  return readScope(carried);
}

/** When a session that begins now has to be over: with its box, or with the hours of the consent. */
export const consentedUntil = (scope: CarriedScope | null, box: { readonly from: number; readonly until: number }): number =>
  scope?.hours ? endOfHours(scope.hours, box) : box.until;

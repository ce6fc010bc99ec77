import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { endOfHours } from '@argus/protocol/consent-hours.ts';
import { readScope, type CarriedScope } from '@argus/protocol/consent-scope.ts';
import { isSameKeep, readKeep, type KeepResults } from '@argus/protocol/kept.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import type { Receipt } from '@argus/protocol/receipt.ts';
import { isoTimeText } from '@argus/protocol/text.ts';

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

/**
 * To whom results are sealed, and that they may be kept at all; null: they are not. Where the owner pinned a consent key it is
 * the receipt that says so; what the entry says has to be the same, or whoever reads the log would be told something else.
 */
export function keepOf(leaf: Leaf, receipt: Pick<Receipt, 'keep_results'> | null): KeepResults | null {
  const said = readKeep(leaf.args_commit?.['keep_results']);
  return receipt === null || isSameKeep(said, receipt.keep_results) ? said : null;
}

const Expiry = isoTimeText();

/** When the consent itself is over, as the entry has it; null: never, or a server from before that was carried. */
export function consentEndOf(leaf: Leaf | null): Result<number | null, string> {
  const pinned = leaf?.args_commit?.['consent_expires_at'];
  if (pinned === undefined) return ok(null);
  const time = Expiry.safeParse(pinned);
  return time.success ? ok(Date.parse(time.data)) : err('the end of the consent is not read');
}

/** When a session that begins now has to be over: with its box, with the hours of the consent, or with the consent itself. */
export function consentedUntil(scope: CarriedScope | null, { from, until, consentEnds = null }: { readonly from: number; readonly until: number; readonly consentEnds?: number | null }): number {
  const box = { from, until: consentEnds === null ? until : Math.min(until, consentEnds) };
  return scope?.hours ? endOfHours(scope.hours, box) : box.until;
}

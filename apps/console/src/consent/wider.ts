/** Where a consent that is about to be recorded goes further than the one on record: said before it is written, however long both are. Pure. */
import type { ConsentHours } from '@argus/protocol/consent-hours.ts';
import type { ConsentScope } from '@argus/protocol/consent-scope.ts';
import type { RecordConsent, TenantShown } from '@argus/protocol/http/shapes.ts';
import { fingerprintOf } from '../proof/fingerprint.ts';
import type { CheckedReceipt } from './receipt-check.ts';

type New = { readonly body: RecordConsent; readonly receipt: CheckedReceipt | null };
type OnRecord = Pick<TenantShown, 'consent_record' | 'consent_scope' | 'keeps_results' | 'receipt'>;

/** Empty: nowhere, or there is none on record. */
export function widerThan({ consent_record: record, consent_scope: before, keeps_results: kept, receipt: signed }: OnRecord, { body, receipt }: New): readonly string[] {
  if (record === null) return [];
  const after = receipt ? receipt.scope : (body.scope ?? null);
  const ends = receipt?.receipt.not_after ?? body.expires_at;
  const keep = receipt ? receipt.receipt.keep_results : body.keep_results;
  const isLater = record.expires_at !== null && (ends === undefined || Date.parse(ends) > Date.parse(record.expires_at));
  const isOther = keep !== undefined && kept?.key_fingerprint !== fingerprintOf(keep.key);
  return [
    ...namesMore('commands', before?.commands, after?.commands),
    ...namesMore('cameras', before?.cameras, after?.cameras),
    ...namesMore('machines', before?.agents, after?.agents),
    ...(isWithin(after?.hours, before?.hours) ? [] : ['other hours']),
    ...(isLater ? ['a later end'] : []),
    ...(isOther ? [kept === null ? 'results that are kept' : 'results sealed to another key'] : keep !== undefined && keep.days > (kept?.days ?? 0) ? ['results kept for longer'] : []),
    ...(signed !== null && receipt === null ? ['no signature by the tenant’s own key'] : []),
    ...(signed !== null && receipt !== null && receipt.fingerprint !== signed.key_fingerprint ? ['signed with another key than the last one'] : []),
    ...(signed?.needs_operator_proof === true && receipt !== null && receipt.receipt.operator_keys === undefined ? ['no proof by an operator’s key'] : []),
  ];
}

/** What is not named is not narrowed. */
function namesMore(what: string, before: readonly string[] | undefined, after: readonly string[] | undefined): readonly string[] {
  if (before === undefined) return [];
  if (after === undefined) return [`all ${what}`];
  const more = after.filter((name) => !before.includes(name));
  return more.length === 0 ? [] : [`the ${what} ${more.join(', ')}`];
}

function isWithin(after: ConsentScope['hours'], before: ConsentScope['hours']): boolean {
  if (before === undefined) return true;
  if (after === undefined || after.time_zone !== before.time_zone) return false;
  const allowed = minutesOf(before);
  return [...minutesOf(after)].every((at) => allowed.has(at));
}
const minutesOf = ({ windows }: ConsentHours): ReadonlySet<string> =>
  new Set(windows.flatMap(({ days, from, to }) => days.flatMap((day) => Array.from({ length: minute(to) - minute(from) }, (_, i) => `${day} ${minute(from) + i}`))));
const minute = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

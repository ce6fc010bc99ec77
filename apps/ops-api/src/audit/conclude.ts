/**
 * Puts the result of an audit on record. A mismatch is told of first and recorded after: whoever is killed in between
 * audits again, and the alert, which has the window for its key, is still one.
 */
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { Tripwires } from '../alerts/trip.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Reached } from './auditor.ts';
import { attemptOf, mismatchLines, type Reconciliation } from './reconciliation.ts';

export type ConcludeDeps = { readonly ledger: Pick<Ledger, 'append'>; readonly tripwires: Pick<Tripwires, 'fireOnce'> };

export async function conclude(
  { ledger, tripwires }: ConcludeDeps,
  result: Reconciliation,
  { reached, ip }: { readonly reached: readonly Reached[]; readonly ip?: string },
): Promise<Result<void, Denial>> {
  if (result.mismatches > 0) {
    const window = `${result.kind} ${result.from} ${result.to}${result.kind === 'nightly' ? '' : ` ${result.id}`}`;
    const isTold = await tripwires.fireOnce({
      kind: 'audit_mismatch', subject: window, key: `audit_mismatch ${window}`, at: result.finishedAt, times: result.mismatches, details: mismatchLines(result),
    });
    if (!isTold) return err(deny('audit_unavailable', 'the alert could not be written'));
  }
  const written = await ledger.append(attemptOf(result, ip === undefined ? {} : { ip }), [{ do: 'record_reconciliation', result, reached }]);
  // Another node was faster with the same window: that is its result then.
  return written.ok || written.error.code === 'already_recorded' ? ok(undefined) : written;
}

/**
 * An intent has an outcome, also when the log was away in between. An outcome that could not be written is written when
 * the log is back. An intent that was answered with `audit_unavailable` may be in the log all the same: nothing was sent
 * for it, and then its outcome says so.
 */
import { toHex, utf8 } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import type { Result } from '@argus/kit/result.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { LogStore } from '../ports.ts';
import type { GaveUp } from './lane.ts';

type LateDeps = {
  readonly clock: Clock;
  readonly store: Pick<LogStore, 'settle' | 'openIntent'>;
  readonly append: (attempt: Attempt) => Promise<Result<unknown, Denial>>;
};
const RETRY_MS = 1_000;

/** Nobody waits for these. What is left when the process ends, the next start of this node settles. */
export function createLate({ clock, store, append }: LateDeps): GaveUp {
  const waiting = new Map<Attempt, string>(); // with the id of its row; by itself, since it comes back here when it fails again
  let isBusy = false;

  function later(): void {
    if (isBusy || waiting.size === 0) return;
    isBusy = true;
    clock.after(RETRY_MS, () => void settleAll().catch(() => undefined).finally(() => { isBusy = false; later(); }));
  }

  /** What keeps one from being settled keeps all of them: it stops at the first. */
  async function settleAll(): Promise<void> {
    for (const [attempt, id] of waiting) {
      if (attempt.phase === 'intent') {
        const outcome = await outcomeOf(id, attempt);
        waiting.delete(attempt);
        if (outcome) waiting.set(outcome, id); // its turn comes in this same round
        continue;
      }
      const written = await append(attempt);
      if (!written.ok && written.error.code === 'audit_unavailable') return;
      waiting.delete(attempt); // written, or refused because it has one by now
    }
  }

  async function outcomeOf(id: string, intent: Attempt): Promise<Attempt | null> {
    if (!(await store.settle())) throw new Error('it may still be written');
    const row = await store.openIntent(id);
    if (!row) return null;
    const intentSha256 = toHex(leafHash(sha256, utf8(row.bytes)));
    return { ...intent, at: clock.now(), phase: 'outcome', by: 'server', outcome: 'refused', code: 'audit_unavailable', answer: { intentSha256 } };
  }

  return ({ id, attempt, deeds }) => {
    if (attempt.phase === 'fact') return;
    // What it was to change was not changed with it, so nobody can say any more that it came to that.
    const isHollow = attempt.phase === 'outcome' && deeds.some((deed) => deed.do !== 'need_standing'); // that one changes nothing
    waiting.set(isHollow ? { ...attempt, outcome: 'unknown', code: 'outcome_unrecorded' } : attempt, id);
    later();
  };
}

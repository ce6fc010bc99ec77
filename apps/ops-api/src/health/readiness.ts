import { isoTime, type Clock } from '@argus/kit/clock.ts';
import type { Readiness } from '@argus/protocol/http/server.ts';

/** One part the server cannot do its work without. A check that throws, or takes too long, is a no. */
export type Part = { readonly name: string; readonly says: string; readonly check: () => Promise<boolean> };

/** Somebody who asks more often than this hears the same answer. */
export const ANSWER_OLD_MS = 1_000;
export const CHECK_MS = 2_000;

/**
 * However many ask, each part is looked at by one check at a time: a flood of questions is no load on the database,
 * and a check that hangs is not joined by more of its kind.
 */
export function createReadiness({ parts, clock }: { readonly parts: readonly Part[]; readonly clock: Clock }) {
  const watched = parts.map((part) => ({ part, running: null as Promise<boolean> | null, ok: null as boolean | null, since: 0 }));
  let last: { readonly at: number; readonly answer: Readiness } | null = null;
  let looking: Promise<Readiness> | null = null;

  /** False as soon as the time is up, also when the check itself is still under way. */
  function inTime(one: (typeof watched)[number]): Promise<boolean> {
    if (one.running) return Promise.resolve(false); // the one before has not come back
    one.running = one.part.check().catch(() => false).finally(() => (one.running = null));
    const { running } = one;
    return new Promise((resolve) => {
      const cancel = clock.after(CHECK_MS, () => resolve(false));
      void running.then((isOk) => {
        cancel();
        return resolve(isOk);
      });
    });
  }

  async function look(): Promise<Readiness> {
    const found = await Promise.all(watched.map(inTime));
    watched.forEach((one, i) => {
      if (one.ok === found[i]) return;
      one.ok = found[i] ?? false;
      one.since = clock.now();
    });
    const answer = { parts: watched.map(({ part, ok, since }) => ({ part: part.name, says: part.says, ok: ok === true, since: isoTime(since) })) };
    last = { at: clock.elapsed(), answer };
    looking = null;
    return answer;
  }

  return (): Promise<Readiness> => {
    if (last && clock.elapsed() - last.at < ANSWER_OLD_MS) return Promise.resolve(last.answer);
    return (looking ??= look());
  };
}

/**
 * Answers that are made while they are read. A few at a time, so often a minute, and none for ever: whoever stops reading,
 * whose credential is revoked, or whose server stops, has an answer that breaks off, which is how everybody can tell.
 */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { CredentialId } from '@argus/protocol/ids.ts';

/** Each holds a page of the log in memory and asks the database for the next; ours. */
export const STREAMS_AT_ONCE = 8;
export const STREAMS_OF_ONE_AT_ONCE = 2;
/** Enough for a collector that asks every few seconds. */
export const STREAMS_A_MINUTE = 30;
const MINUTE_MS = 60_000;
/** How old the last look at the credential may get while we go on answering. */
const LOOK_MS = 5_000;

export type Reader = {
  readonly token: CredentialId;
  /** Does the credential still open this? */
  readonly isStill: () => Promise<boolean>;
};
export type Slot = {
  /** Said when the answer has to break off, whoever waits for whom. */
  readonly signal: AbortSignal;
  /** Throws when there is no reason to go on. */
  readonly goOn: () => Promise<void>;
  /** Once it is over, in whatever way. Idempotent. */
  readonly end: () => void;
};

export function createStreams({ clock }: { readonly clock: Clock }) {
  const open = new Map<AbortController, CredentialId>();
  let begun: { readonly token: CredentialId; readonly at: number }[] = [];

  /** In how many milliseconds to come back; null: now. */
  function waitMs(token: CredentialId): number | null {
    const now = clock.elapsed();
    begun = begun.filter(({ at }) => now - at < MINUTE_MS);
    const own = begun.filter((one) => one.token === token);
    const oldest = own[0];
    if (own.length >= STREAMS_A_MINUTE && oldest) return MINUTE_MS - (now - oldest.at);
    const isBusy = open.size >= STREAMS_AT_ONCE || [...open.values()].filter((one) => one === token).length >= STREAMS_OF_ONE_AT_ONCE;
    return isBusy ? LOOK_MS : null;
  }

  return {
    begin({ token, isStill }: Reader): Result<Slot, Denial> {
      const wait = waitMs(token);
      if (wait !== null) return err(denyWith('rate_limited', { retry_after_s: Math.max(1, Math.ceil(wait / 1_000)) }));
      const stop = new AbortController();
      open.set(stop, token);
      begun.push({ token, at: clock.elapsed() });
      let looked = clock.elapsed();
      return ok({
        signal: stop.signal,
        async goOn() {
          stop.signal.throwIfAborted();
          if (clock.elapsed() - looked < LOOK_MS) return;
          looked = clock.elapsed();
          if (!(await isStill())) throw new Error('the credential of the reader opens this no longer');
        },
        end: () => void open.delete(stop),
      });
    },
    count: () => open.size,
    /** A server that stops does not wait for who reads slowly. */
    close(): void {
      for (const stop of open.keys()) stop.abort(new Error('the server is shutting down'));
    },
  };
}
export type Streams = ReturnType<typeof createStreams>;

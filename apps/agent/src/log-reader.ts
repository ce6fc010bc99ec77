import type { Result } from '@argus/kit/result.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { ConsistencyFrame, InTheLog } from '@argus/protocol/frames.ts';
import { acceptLog, type Accepted } from './accept-log.ts';
import type { Acts } from './acts.ts';
import type { AgentDeps, Followed } from './ports.ts';
import { findPlace, followTo, type NotInLog, type Place } from './witness.ts';

/** Reads the log for one act after the other: each entry is compared with what the one before it left behind. */
export function createLogReader(deps: Pick<AgentDeps, 'clock' | 'trust' | 'witness' | 'activity' | 'note'>, acts: Pick<Acts, 'intend'>, onFork: () => void) {
  const { clock, trust, witness, note } = deps;
  let turn: Promise<unknown> = Promise.resolve();
  let fork: string | null = null; // ours, in case the disk did not take it
  let isForkStored = true;

  const followed = (): Followed => {
    const known = witness.followed();
    return { ...known, fork: known.fork ?? fork };
  };

  function storeFork(): void {
    isForkStored = true;
    witness.advance(followed()).catch((problem: unknown) => {
      isForkStored = false;
      note('fork_not_stored', { problem: String(problem) });
    });
  }

  function sawFork({ why, fork: evidence }: NotInLog): void {
    if (evidence === undefined) return;
    fork = evidence;
    note('log_forked', { why });
    storeFork();
    onFork();
  }

  /** The owner may want to know: from here on the log is signed by another key. */
  function sawKey({ keys: before }: Followed, { keys }: Followed): void {
    if (keys && keys.length > (before?.length ?? 0)) note('log_key_changed', { key: keys.at(-1)?.key ?? '', over: keys.at(-1)?.over ?? 0 });
  }

  const look = (at: InTheLog): (() => Result<Place, NotInLog>) => {
    let seen: Result<Place, NotInLog> | null = null;
    return () => {
      if (seen) return seen;
      const before = followed();
      seen = findPlace(trust, before, at);
      if (!seen.ok) sawFork(seen.error);
      else sawKey(before, seen.value.followed);
      return seen;
    };
  };

  const keepUp = (found: Result<Place, NotInLog>): void => {
    if (found.ok) witness.keepUp(found.value.followed);
  };

  return {
    /** One admission at a time. What has to be awaited longer than that is handed out in an object. */
    inTurn<T>(admission: () => Promise<T>): Promise<T> {
      const mine = turn.then(admission);
      turn = mine.catch(() => null); // whoever asked hears of it; the next in line is not held up
      return mine;
    },

    /** Looks once. A fork is remembered on disk, puts us to sleep, and nothing but the owner lifts it. */
    look,

    /** Durable before anything is done because of it. */
    async remember(place: Place, request?: string): Promise<Denial | null> {
      // Side by side: one wait for the disk, not two. Both are awaited, so that what came of it finds its intent.
      const [witnessed, intended] = await Promise.allSettled([witness.advance({ ...place.followed, highestActed: place.leaf.seq, at: isoTime(clock.now()) }, request), acts.intend(place)]);
      if (witnessed.status === 'rejected') {
        note('witness_not_stored', { problem: String(witnessed.reason) });
        return deny('not_in_log', 'what was seen of the log could not be stored');
      }
      if (intended.status === 'rejected') {
        note('activity_not_stored', { problem: String(intended.reason) });
        return deny('activity_not_recorded');
      }
      return null;
    },

    /** What was refused was still in the log: the next proof starts where this one ended. Nothing is done because of it. */
    keepUp,
    passOver(at: InTheLog): Result<Place, NotInLog> {
      const found = look(at)();
      keepUp(found);
      return found;
    },

    /** Between acts. `stored` resolves when it is on disk: nothing is said of it before. */
    async follow(frame: ConsistencyFrame): Promise<{ readonly found: Result<Followed, NotInLog>; readonly stored: Promise<void> }> {
      const before = followed();
      const found = followTo(trust, before, frame);
      if (!found.ok) {
        sawFork(found.error);
        const { shorter } = found.error;
        // The first is what the owner is shown; a server that sends more of them costs no more of the disk.
        const isNews = shorter !== undefined && before.shorter === undefined;
        if (isNews) note('log_shorter', { followed: before.size, offered: frame.to });
        return { found, stored: isNews ? witness.advance({ ...before, shorter }) : Promise.resolve() };
      }
      sawKey(before, found.value);
      const isSame = found.value.size === before.size && before.shorter === undefined && found.value.keys === before.keys;
      return { found, stored: isSame ? Promise.resolve() : witness.advance({ ...found.value, at: isoTime(clock.now()) }) };
    },

    /** The owner's word: what contradicts the log as it was followed is the log from now on. Null: nothing does. */
    async accept(): Promise<Accepted | null> {
      const accepted = await acceptLog(deps, followed());
      if (accepted) fork = null;
      return accepted;
    },

    followed,
    isForked: (): boolean => followed().fork !== null,
    isShorter: (): boolean => followed().shorter !== undefined,
    /** The disk may have room again. */
    retryStoringFork: (): void => void (isForkStored || storeFork()),
  };
}
export type LogReader = ReturnType<typeof createLogReader>;

/**
 * Writes what fired: an entry in the log and the alert beside it, both or neither. Nobody waits for it, and what
 * cannot be written yet is kept, counted and tried again.
 */
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../ports.ts';
import type { Holder } from '../jobs/job.ts';
import type { Alert } from './alert.ts';
import { gather, nextDue, putBack, takeRipe, type Gathered, type Gathering } from './gather.ts';
import { TRIPWIRES } from '@argus/protocol/tripwires.ts';
import { firingOf, type Firing, type FiringOnce } from './tripwires.ts';

export type TripDeps = {
  readonly clock: Clock;
  /** The ledger itself, not the observed one. */
  readonly ledger: Pick<Ledger, 'append'>;
  readonly newId: () => string;
  readonly by: Holder;
  /** Something is to be mailed at once. */
  readonly onHigh: () => void;
  readonly log: Log;
};

/** Nobody did it: the server saw it. */
const SERVER = 'server';
const DETAILS_LENGTH_MAX = 1_000;

export type Tripwires = ReturnType<typeof createTripwires>;
export function createTripwires({ clock, ledger, newId, by, onHigh, log }: TripDeps) {
  const open: Gathering = new Map();
  const writer = `${by.node} ${by.epoch}`;
  let cancelTimer = () => {};
  let writing: Promise<unknown> = Promise.resolve();

  async function raise(fired: Omit<Gathered, 'isFirst' | 'slot'>): Promise<'raised' | 'known' | 'later'> {
    const { kind, times, tenant, agent, session, operator, address, details, key } = fired;
    const { severity, says } = TRIPWIRES[kind];
    const at = clock.now();
    const alert: Alert = { id: newId(), key, kind, severity, says, details, times, firstAt: fired.firstAt, lastAt: fired.at, at, tenant, agent, session, operator, address };
    const attempt: Attempt = {
      at,
      type: 'tripwire_fired',
      phase: 'fact',
      tenant,
      ...(agent && { agent }),
      ...(session && { session }),
      ...(address && { ip: address }),
      operator: operator ?? SERVER,
      by: 'server',
      reason: times === 1 ? says : `${says} ${times} times.`,
      args: { kind, severity, times, first_at: isoTime(fired.firstAt), last_at: isoTime(fired.at), alert: alert.id, details: details.join('; ').slice(0, DETAILS_LENGTH_MAX) },
      outcome: 'ok',
    };
    const written = await ledger.append(attempt, [{ do: 'raise_alert', alert }]);
    if (written.ok && severity === 'high') onHigh();
    if (written.ok) return 'raised';
    if (written.error.code === 'already_recorded') return 'known';
    log('error', 'tripwire_not_recorded_yet', { kind, problem: written.error.internal ?? written.error.code });
    return 'later';
  }

  async function write(ripe: readonly Gathered[]): Promise<void> {
    for (const one of ripe) {
      const how = await raise(one);
      const isWritten = how === 'raised' || (how === 'known' && !one.isFirst);
      if (!isWritten) putBack(open, one, { why: how === 'known' ? 'known' : 'unwritten', now: clock.now(), by: writer });
    }
    plan();
  }

  function writeRipe(now: number): void {
    const ripe = takeRipe(open, now);
    writing = writing.then(() => write(ripe)).catch((problem: unknown) => log('error', 'tripwires_not_written', { problem: String(problem) }));
  }

  function plan(): void {
    cancelTimer();
    const due = nextDue(open);
    cancelTimer = Number.isFinite(due) ? clock.after(Math.max(0, due - clock.now()), () => writeRipe(clock.now())) : () => {};
  }

  function fire(firing: Firing): void {
    gather(open, firing, { now: clock.now(), by: writer });
    plan();
  }

  return {
    /** For the ledger, after it has written. */
    saw(attempt: Attempt): void {
      const firing = firingOf(attempt);
      if (firing) fire(firing);
    },
    fire,
    /** For what is looked at from time to time: false when it could not be written. */
    async fireOnce({ key, ...firing }: FiringOnce): Promise<boolean> {
      const none = { tenant: null, agent: null, session: null, operator: null, address: null, details: [], times: 1 };
      return (await raise({ ...none, ...firing, firstAt: firing.at, key })) !== 'later';
    },
    /** Writes what is still counted. */
    async close(): Promise<void> {
      cancelTimer();
      writeRipe(Number.POSITIVE_INFINITY);
      await writing;
      cancelTimer();
    },
  };
}

/** The same ledger, and everything it has written is shown to `saw`; whoever appends waits for nothing more. */
export function observed(ledger: Ledger, saw: (attempt: Attempt) => void, log: Log): Ledger {
  return {
    ...ledger,
    append(attempt, deeds) {
      const appending = ledger.append(attempt, deeds);
      appending
        .then((written) => written.ok && saw(attempt))
        .catch((problem: unknown) => log('error', 'not_observed', { problem: String(problem) }));
      return appending;
    },
  };
}

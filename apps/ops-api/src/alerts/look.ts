/** What no single entry says: sessions held for long and operators who open many. Looked at every minute, by one node. */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok } from '@argus/kit/result.ts';
import type { Work } from '../jobs/runner.ts';
import type { AlertStore } from './alert.ts';
import type { Tripwires } from './trip.ts';
import { ACTIVATIONS_PER_HOUR, HELD_LONG_MS, heldLong, manyActivations, type BusyOperator, type FiringOnce, type HeldSession } from './tripwires.ts';

/** Looked up in the stores, so that restarts and other nodes make no difference. */
export interface TripwireFacts {
  /** Sessions opened since then that were held for longer than this: ended ones until their end, open ones until now. */
  heldLonger(than: { readonly ms: number; readonly now: number; readonly openedSince: number }, limit: number): Promise<readonly HeldSession[]>;
  /** Operators who opened more sessions than this since then. */
  busyOperators(than: { readonly activations: number; readonly since: number }, limit: number): Promise<readonly BusyOperator[]>;
}

const EVERY_MS = 60_000;
/** A session that ended while we were down is still looked at. */
const LOOK_BACK_MS = 24 * 3_600_000;
/** In one look; the next one goes on. */
const FIRINGS_MAX = 50;

export function makeLook({ clock, facts, alerts, tripwires }: { clock: Clock; facts: TripwireFacts; alerts: Pick<AlertStore, 'hasKey'>; tripwires: Pick<Tripwires, 'fireOnce'> }): Work {
  return async () => {
    const now = clock.now();
    const held = await facts.heldLonger({ ms: HELD_LONG_MS, now, openedSince: now - LOOK_BACK_MS }, LOOK_MAX);
    const busy = await facts.busyOperators({ activations: ACTIVATIONS_PER_HOUR, since: now - 3_600_000 }, LOOK_MAX);
    const firings: readonly FiringOnce[] = [...held.map((s) => heldLong(s, now)), ...busy.map((o) => manyActivations(o, now))];
    let fired = 0;
    for (const firing of firings) {
      if (fired >= FIRINGS_MAX) break;
      if (await alerts.hasKey(firing.key)) continue;
      if (!(await tripwires.fireOnce(firing))) return err('the log cannot be written');
      fired++;
    }
    return ok(clock.now() + EVERY_MS);
  };
}
const LOOK_MAX = 1_000;

import type { Clock } from '@argus/kit/clock.ts';
import type { CarriedScope } from '@argus/protocol/consent-scope.ts';
import type { SessionId } from '@argus/protocol/ids.ts';
import type { KeepResults } from '@argus/protocol/kept.ts';
import { scopeOfReceipt } from '@argus/protocol/receipt.ts';
import { consentedUntil } from './consent.ts';
import type { HeldReceipt } from './receipt.ts';

/**
 * Being awake, and for how long. The time box runs on both clocks and ends with whichever ends first; the lease
 * runs from the moment a challenge was sent, so neither a slow line nor a stopped process can stretch it.
 */
export const LEASE_MS = 15_000;
export const CHALLENGE_EVERY_MS = 5_000;

type Moment = { readonly wall: number; readonly elapsed: number };
export type Activation = {
  readonly session: SessionId;
  readonly epoch: number;
  readonly operator: string;
  readonly scope: CarriedScope | null; // null: everything this agent can do
  readonly receipt: HeldReceipt | null; // null: no consent key was pinned
  readonly keep: KeepResults | null; // null: of a result nothing is kept but its digest
  readonly ends: Moment;
  readonly lease: Moment;
  readonly challenges: ReadonlyMap<string, Moment>; // sent and not echoed yet
};

const CHALLENGES_KEPT = 4;
const in_ = (clock: Clock, ms: number): Moment => ({ wall: clock.now() + ms, elapsed: clock.elapsed() + ms });
const isPast = (clock: Clock, moment: Moment) => clock.now() >= moment.wall || clock.elapsed() >= moment.elapsed;

export function wake(
  clock: Clock,
  leaf: { readonly session: SessionId; readonly epoch: number; readonly operator: string; readonly at: number; readonly minutes: number; readonly scope: CarriedScope | null; readonly consentEnds?: number | null; readonly receipt?: HeldReceipt | null; readonly keep?: KeepResults | null },
): Activation {
  const boxMs = leaf.minutes * 60_000;
  const now = clock.now();
  const receipt = leaf.receipt ?? null;
  const recorded = consentedUntil(leaf.scope, { from: now, until: now + boxMs, consentEnds: leaf.consentEnds ?? null });
  const until = receipt === null ? recorded : consentedUntil(scopeOfReceipt(receipt.receipt), { from: now, until: recorded, consentEnds: Date.parse(receipt.receipt.not_after) });
  return {
    session: leaf.session,
    epoch: leaf.epoch,
    operator: leaf.operator,
    scope: leaf.scope,
    receipt,
    keep: leaf.keep ?? null,
    // By the wall clock the box began when the log says it did.
    ends: { wall: Math.min(leaf.at + boxMs, until), elapsed: clock.elapsed() + until - now },
    lease: in_(clock, LEASE_MS),
    challenges: new Map(),
  };
}

/** Why it is over, if it is. */
export function endOf(a: Activation, clock: Clock): 'expired' | 'agent_lost' | null {
  if (isPast(clock, a.ends)) return 'expired';
  return isPast(clock, a.lease) ? 'agent_lost' : null;
}

/** Milliseconds until it can be over. */
export const msLeft = (a: Activation, clock: Clock): number =>
  Math.max(0, Math.min(a.ends.wall - clock.now(), a.ends.elapsed - clock.elapsed(), a.lease.wall - clock.now(), a.lease.elapsed - clock.elapsed()));

export function challenged(a: Activation, challenge: string, clock: Clock): Activation {
  const kept = [...a.challenges].slice(-(CHALLENGES_KEPT - 1));
  return { ...a, challenges: new Map([...kept, [challenge, in_(clock, LEASE_MS)]]) };
}

/** Only an echo of our own challenge renews, only from when that was sent, and never a lease that has lapsed. */
export function renewed(a: Activation, tick: { readonly challenge: string; readonly epoch: number }, clock: Clock): Activation {
  const lease = a.challenges.get(tick.challenge);
  if (!lease || tick.epoch !== a.epoch || endOf(a, clock) !== null) return a;
  const challenges = new Map([...a.challenges].filter(([, sent]) => sent.elapsed > lease.elapsed)); // older ones are void
  return { ...a, lease, challenges };
}

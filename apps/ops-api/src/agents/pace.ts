import type { Clock } from '@argus/kit/clock.ts';
import { sha256Hex } from '@argus/keys/hash.ts';

/**
 * Whose turn it is: each member about once in a period, at a moment of its own, and never more than so many in a second.
 * One timer for all; a second in which nobody is due costs a look into one map. When there are more members than the
 * budget can serve in a period, the period grows: nobody is left out, and no second gets dearer.
 */
export const PACE = {
  everyMs: 600_000, //   ours: about ten minutes, up to twenty after a restart
  perSecond: 50, //      30,000 machines in ten minutes on one node
  firstWithinMs: 10_000, // a machine that has just dialed in, when it is alone
} as const;
const TICK_MS = 1_000;

type Deps = {
  readonly clock: Clock;
  /** False: it is not there any more. */
  readonly turn: (member: string) => boolean;
  readonly ticked: () => void;
};

/** In [0, 1), another one for each member and round: spread, and nothing anybody could gain by knowing it. */
const fractionOf = (member: string, round: number): number => Number.parseInt(sha256Hex(`${round} ${member}`).slice(0, 8), 16) / 2 ** 32;

export function createPace({ clock, turn, ticked }: Deps) {
  const slots = new Map<number, string[]>(); // by second of the monotonic clock
  const members = new Map<string, number>(); // and how many turns each has had
  let ready: string[] = []; // due, and over the budget of its second
  let next = 0; // of `ready`
  let looked = 0;
  let cancel = () => {};

  const secondOf = (ms: number) => Math.floor(ms / TICK_MS);
  function plan(member: string, inMs: number): void {
    const second = Math.max(looked + 1, secondOf(clock.elapsed() + inMs));
    const slot = slots.get(second);
    if (slot) slot.push(member);
    else slots.set(second, [member]);
  }

  function tick(): void {
    cancel = clock.after(TICK_MS, tick);
    for (const now = secondOf(clock.elapsed()); looked < now; ) {
      const slot = slots.get(++looked);
      if (!slot) continue;
      slots.delete(looked);
      ready.push(...slot);
    }
    for (let left = PACE.perSecond; left > 0 && next < ready.length; left--) {
      const member = ready[next++] ?? '';
      const rounds = (members.get(member) ?? 0) + 1;
      members.set(member, rounds);
      // The first turns follow each other closely after a restart; the second ones are spread over a whole period.
      if (turn(member)) plan(member, PACE.everyMs * (rounds === 1 ? 1 + fractionOf(member, 1) : 0.9 + 0.2 * fractionOf(member, rounds)));
      else members.delete(member);
    }
    if (next === ready.length) [ready, next] = [[], 0];
    ticked();
  }

  return {
    /** One that is known keeps its turn: dialing again and again brings nothing. */
    join(member: string): void {
      if (members.has(member)) return;
      members.set(member, 0);
      // All of them at once after a restart: spread over as long as the budget needs for them.
      plan(member, fractionOf(member, 0) * Math.min(PACE.everyMs, PACE.firstWithinMs + (members.size / PACE.perSecond) * TICK_MS));
    },
    count: () => members.size,
    begin(): void {
      looked = secondOf(clock.elapsed());
      cancel = clock.after(TICK_MS, tick);
    },
    close: (): void => cancel(),
  };
}

import type { Clock } from '@argus/kit/clock.ts';
import { addressBlock } from '../http/address-block.ts';
import { opsTokenMatches } from './credentials.ts';

/** Wrong tokens from one address, and for how long a token from there then opens nothing: ten guesses a minute. */
export const WRONG_MAX = 10;
export const WRONG_WITHIN_MS = 60_000;
/** Addresses remembered. Only those of operator networks get this far; whoever has more of them has more guesses. */
const ADDRESSES_MAX = 4_096;

type Wrong = { readonly since: number; readonly count: number };

/**
 * Guessing is slow. After too many wrong tokens from an address, one from there opens nothing for a minute, right or
 * wrong. The comparison is made all the same, and the answer is the same: neither shows that it has come to this.
 */
export function createOpsTokenGuard({ clock, tokens }: { readonly clock: Pick<Clock, 'elapsed'>; readonly tokens: readonly string[] }) {
  const wrong = new Map<string, Wrong>();

  function remember(block: string, one: Wrong): void {
    wrong.delete(block); // a Map gives its members in the order they came: the one unheard of for longest goes first
    wrong.set(block, one);
    for (const oldest of wrong.keys()) {
      if (wrong.size <= ADDRESSES_MAX) break;
      wrong.delete(oldest);
    }
  }

  return {
    matches(ip: string, given: string | undefined): boolean {
      const isRight = opsTokenMatches(tokens, given);
      const [now, block] = [clock.elapsed(), addressBlock(ip)];
      const known = wrong.get(block);
      const before = known && now - known.since < WRONG_WITHIN_MS ? known : { since: now, count: 0 };
      if (before.count >= WRONG_MAX) return false;
      if (isRight || given === undefined || given === '') return isRight; // no token is no guess
      const count = before.count + 1;
      remember(block, { count, since: count === WRONG_MAX ? now : before.since });
      return false;
    },
    size: (): number => wrong.size,
  };
}
export type OpsTokenGuard = ReturnType<typeof createOpsTokenGuard>;

/**
 * How often one operator may arm and disarm, both counted together: a sliding minute, so that no minute, wherever it
 * begins, holds more. Only turns that were taken count; whoever is refused does not push the next one further away.
 */
export const TURNS_MAX = 10; // the contract says so
export const TURNS_WITHIN_MS = 60_000;

/** The turns that still count. One from a clock that was far ahead of ours counts for nothing. */
export const countingTurns = (taken: readonly number[], now: number): readonly number[] =>
  taken.filter((at) => at > now - TURNS_WITHIN_MS && at <= now + TURNS_WITHIN_MS).toSorted((a, b) => a - b);

/** Null: there is one now. Otherwise in how many milliseconds. */
export function waitForTurn(taken: readonly number[], now: number): number | null {
  const counting = countingTurns(taken, now);
  const frees = counting.at(-TURNS_MAX); // once this one is over, there are fewer than the most
  return frees === undefined ? null : frees + TURNS_WITHIN_MS - now;
}

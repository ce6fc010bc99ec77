import { err, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';

/**
 * What works on megabytes does so one after the other, and before each one everything else that waits has its turn: the
 * owner's switch, the lease, a small command. Thirty-two large files that are read at once come from the disk together,
 * and would be one long moment in which nobody hears the switch.
 */
export type LargeInTurn = <T>(isStillWanted: () => boolean, work: () => Promise<Result<T, Denial>>) => Promise<Result<T, Denial>>;

export function createLargeInTurn(breathe: () => Promise<void>): LargeInTurn {
  let turn: Promise<unknown> = Promise.resolve();
  return (isStillWanted, work) => {
    const mine = turn.then(breathe).then(() => (isStillWanted() ? work() : err(deny('session_expired', 'nobody waited for it any more when its turn came'))));
    turn = mine.catch(() => null); // whoever asked hears of it; the next in line is not held up
    return mine;
  };
}

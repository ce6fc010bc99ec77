import { utf8 } from '@argus/kit/bytes.ts';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { err, type Result } from '@argus/kit/result.ts';
import { contractFor, type Call } from '@argus/protocol/commands/index.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { run, type Reach } from './commands/index.ts';

/**
 * One command within the limits of its contract, by this machine's own clock and its own count. `inTime` answers when
 * the time is up at the latest; `done` when the handler is through, which nobody can hurry.
 */
export type CarriedOut = { readonly inTime: Promise<Result<Json, Denial>>; readonly done: Promise<Result<Json, Denial>> };

export function carryOut(call: Call, reach: Reach, { clock, leftMs }: { readonly clock: Clock; readonly leftMs: number }): CarriedOut {
  const done = run(call, reach)
    .then((result) => withinSize(call, result))
    .catch((problem: unknown) => err(deny('internal', String(problem))));
  let cancel = () => {};
  const timeIsUp = new Promise<Result<Json, Denial>>((answer) => {
    cancel = clock.after(leftMs, () => answer(err(deny('command_timed_out', 'it still runs'))));
  });
  return { inTime: Promise.race([done, timeIsUp]).finally(cancel), done };
}

/** Milliseconds a command still has, counted from when its frame was heard: whoever asked has been waiting since then. */
export const msLeftFor = (call: Call, waitedMs: number): number => Math.max(0, (contractFor(call.name)?.timeoutMs ?? 0) - waitedMs);

function withinSize(call: Call, result: Result<Json, Denial>): Result<Json, Denial> {
  const max = contractFor(call.name)?.resultBytesMax ?? 0;
  return result.ok && utf8(canonicalJson(result.value)).length > max ? err(deny('result_too_large')) : result;
}

import { utf8 } from '@argus/kit/bytes.ts';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { contractFor, type Call } from '@argus/protocol/commands/index.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { run, type Reach } from './commands/index.ts';

/**
 * One command within the limits of its contract, by this machine's own clock and its own count. `inTime` answers when
 * the time is up at the latest; `done` when the handler is through, which nobody can hurry.
 */
export type CarriedOut = { readonly inTime: Promise<ResultText>; readonly done: Promise<ResultText> };
/** The canonical text of a result, or why there is none. */
export type ResultText = Result<string, Denial>;

export function carryOut(call: Call, reach: Reach, { clock, leftMs }: { readonly clock: Clock; readonly leftMs: number }): CarriedOut {
  const done = run(call, reach)
    .then((result) => (result.ok ? textWithin(call, result.value) : result))
    .catch((problem: unknown) => err(deny('internal', String(problem))));
  let cancel = () => {};
  const timeIsUp = new Promise<ResultText>((answer) => {
    cancel = clock.after(leftMs, () => answer(err(deny('command_timed_out', 'it still runs'))));
  });
  return { inTime: Promise.race([done, timeIsUp]).finally(cancel), done };
}

/** Milliseconds a command still has, counted from when its frame was heard: whoever asked has been waiting since then. */
export const msLeftFor = (call: Call, waitedMs: number): number => Math.max(0, (contractFor(call.name)?.timeoutMs ?? 0) - waitedMs);

function textWithin(call: Call, value: Json): ResultText {
  const text = canonicalJson(value);
  return utf8(text).length > (contractFor(call.name)?.resultBytesMax ?? 0) ? err(deny('result_too_large')) : ok(text);
}

/** Asking again where it only reads: a line that breaks for a moment is no reason to stop watching. */
import type { Request } from '@argus/client/requests.ts';
import type { Result } from '@argus/kit/result.ts';
import type { Context, Problem } from './command.ts';

const TRIES = 10;
const AGAIN_MS = 3_000;
/** Longer than this the server does not mean us. */
const WAIT_MAX_S = 60;

export function patiently({ ask, pause, progress }: Pick<Context, 'ask' | 'pause' | 'progress'>) {
  return async <T>(request: Request<T>): Promise<Result<T, Problem>> => {
    for (let nth = 1; ; nth++) {
      const answer = await ask(request);
      const waitMs = answer.ok || nth === TRIES ? null : waitFor(answer.error);
      if (waitMs === null) return answer;
      progress(`no answer from the server; trying again (${nth} of ${TRIES - 1})`);
      await pause(waitMs);
    }
  };
}

/** Null: another time would be answered the same. */
function waitFor(problem: Problem): number | null {
  if (problem.kind === 'unreachable') return problem.why === 'untrusted_certificate' ? null : AGAIN_MS;
  if (problem.kind !== 'refused' || problem.retry_after_s === undefined) return null;
  return problem.retry_after_s > WAIT_MAX_S ? null : problem.retry_after_s * 1_000;
}

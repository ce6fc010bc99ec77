/** How the console speaks to the server: with the cookie of the login, which no script can read, and the token that goes with it. */
import { err, ok, type Result } from '@argus/kit/result.ts';
import { readFailure, readRefused, type ClientProblem } from '@argus/client/problem.ts';
import type { Request } from '@argus/client/requests.ts';
import { CSRF_HEADER } from '@argus/protocol/http/auth.ts';

/** In memory only: never in storage, gone with the page and with the login. */
let csrf: string | null = null;
export const keepCsrf = (token: string | null): void => void (csrf = token);
/** Told by whichever answer says first that the sign-in this page speaks for is over: ended elsewhere, in another tab, or by time. */
let onOver = (): void => {};
export const whenOver = (hear: () => void): void => void (onOver = hear);
export const isOver = (problem: ClientProblem): boolean => problem.kind === 'refused' && problem.code === 'unauthenticated';

export async function call<T>(request: Request<T>): Promise<Result<T, ClientProblem>> {
  const asking = csrf;
  try {
    const answer = await fetch(request.path, {
      method: request.method,
      credentials: 'same-origin',
      redirect: 'manual',
      cache: 'no-store',
      headers: {
        accept: 'application/json',
        ...(request.body && { 'content-type': 'application/json' }),
        ...(request.method !== 'GET' && csrf !== null && { [CSRF_HEADER]: csrf }),
      },
      ...(request.body && { body: JSON.stringify(request.body) }),
      signal: AbortSignal.timeout(request.timeoutMs),
    });
    const read = readAnswer(request, answer.status, await answer.text());
    if (asking !== null && asking === csrf && !read.ok && isOver(read.error)) onOver();
    return read;
  } catch (thrown) {
    return err(readFailure(thrown));
  }
}

function readAnswer<T>({ read }: Request<T>, status: number, text: string): Result<T, ClientProblem> {
  const raw = parsed(text);
  const value = status >= 200 && status < 300 ? read(raw) : null;
  return value === null ? err(readRefused(raw) ?? { kind: 'unreadable', status }) : ok(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

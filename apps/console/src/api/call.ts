/** How the console speaks to the server: with the cookie of the login, which no script can read, and the token that goes with it. */
import { secretIn } from './no-secret-leaves.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { readFailure, readRefused, type ClientProblem } from '@argus/client/problem.ts';
import type { Request } from '@argus/client/requests.ts';
import { showLogin } from '@argus/client/auth.ts';
import { ANSWER_OF_HEADER, CSRF_HEADER, type LoginShown } from '@argus/protocol/http/auth.ts';
import type { UserId } from '@argus/protocol/ids.ts';

/** In memory only: never in storage, gone with the page and with the login. */
let csrf: string | null = null;
let person: UserId | null = null;
export function keepPerson(who: LoginShown | null): void {
  csrf = who?.csrf_token ?? null;
  person = who?.user.user_id ?? null;
}
/** Told by whichever answer says first that the sign-in this page speaks for is over: ended elsewhere, in another tab, or by time. */
let onOver = (): void => {};
export const whenOver = (hear: () => void): void => void (onOver = hear);
/** Told by an answer that is another person's: the cookie changed in another tab, and what came is not shown under this name. */
let onOther = (): void => {};
export const whenOther = (hear: () => void): void => void (onOther = hear);
export const isOver = (problem: ClientProblem): boolean => problem.kind === 'refused' && problem.code === 'unauthenticated';

export const call = <T>(request: Request<T>): Promise<Result<T, ClientProblem>> => ask(request, person);
/** Whoever it is by now. */
export const whoIsHere = (): Promise<Result<LoginShown, ClientProblem>> => ask(showLogin(), null);

async function ask<T>(request: Request<T>, whom: UserId | null): Promise<Result<T, ClientProblem>> {
  const secret = secretIn(request.path);
  if (secret) return err(secret);
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
    const of = answer.headers.get(ANSWER_OF_HEADER);
    if (whom !== null && of !== null && of !== whom) {
      if (whom === person) onOther();
      return err({ kind: 'unreadable', status: answer.status });
    }
    const read = readAnswer(request, answer.status, await answer.text());
    if (asking !== null && asking === csrf && !read.ok && isOver(read.error)) onOver();
    return read;
  } catch (thrown) {
    return err(readFailure(thrown, { writes: request.method !== 'GET' }));
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

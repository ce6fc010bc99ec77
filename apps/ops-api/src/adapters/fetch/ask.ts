/** One HTTP request with an end: no redirect is followed, and neither time nor size is left to the other side. */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
export type Limits = { readonly timeoutMs: number; readonly bytesMax: number };
export type Asked = { readonly url: string; readonly init: Pick<RequestInit, 'method' | 'headers' | 'body'>; readonly limits: Limits };
export type Answered = { readonly status: number; readonly text: string };

/** What went wrong is said in words for our own log; nothing of the answer is in them. */
export async function ask({ fetch, clock }: { readonly fetch: Fetch; readonly clock: Pick<Clock, 'after'> }, { url, init, limits }: Asked): Promise<Result<Answered, string>> {
  const giveUp = new AbortController();
  const cancel = clock.after(limits.timeoutMs, () => giveUp.abort());
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: giveUp.signal });
    const text = await readAtMost(response, limits.bytesMax);
    return text === null ? err(`more than ${limits.bytesMax} bytes`) : ok({ status: response.status, text });
  } catch (problem) {
    return err(giveUp.signal.aborted ? `no answer within ${limits.timeoutMs} ms` : nameOf(problem));
  } finally {
    cancel();
    giveUp.abort(); // whatever is still open
  }
}

/** Counted as it arrives: what a header says of the length is the other side's word. */
async function readAtMost(response: Response, bytesMax: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `fetch` hides the reason one level down. */
function nameOf(problem: unknown): string {
  const cause = problem instanceof Error && problem.cause instanceof Error ? problem.cause : problem;
  return (cause as NodeJS.ErrnoException | null)?.code ?? (cause instanceof Error ? cause.name : 'unknown reason');
}

/** An answer that may be larger than memory: it is handed on piece by piece, and is whole only if it says so at its end. */
import { err, ok, type Result } from '@argus/kit/result.ts';
import { textOf } from './answer-text.ts';
import { headersOf, urlOf, type ClientConfig } from './client.ts';
import { readFailure, readRefused, type ClientProblem } from './problem.ts';

export type Download = { readonly method: 'GET'; readonly path: string; readonly type: string };

/** `length` is null where none was announced. */
export type Opened = { readonly length: number | null; readonly pieces: AsyncIterable<Result<Uint8Array, ClientProblem>> };

/** `signal` ends it from outside, whoever waits: how long a pause may be is for them to say. */
export async function download(config: ClientConfig, request: Download, signal: AbortSignal): Promise<Result<Opened, ClientProblem>> {
  const headers = headersOf(config, request).flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]));
  try {
    const answer = await config.fetch(urlOf(config.baseUrl, request), {
      method: request.method,
      headers: { ...Object.fromEntries(headers), accept: `${request.type}, application/json` },
      redirect: 'manual',
      signal,
    });
    const isIt = answer.status === 200 && (answer.headers.get('content-type') ?? '').startsWith(request.type) && answer.body !== null;
    if (!isIt || answer.body === null) return err(await refusalIn(answer));
    return ok({ length: lengthOf(answer.headers.get('content-length')), pieces: piecesOf(answer.body) });
  } catch (thrown) {
    return err(readFailure(thrown));
  }
}

async function refusalIn(answer: Response): Promise<ClientProblem> {
  const unreadable = { kind: 'unreadable', status: answer.status } as const;
  try {
    return readRefused(JSON.parse((await textOf(answer)) ?? '')) ?? unreadable;
  } catch {
    return unreadable;
  }
}

const lengthOf = (text: string | null): number | null => (text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null);

async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Result<Uint8Array, ClientProblem>> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield ok(value);
    }
  } catch (thrown) {
    yield err(readFailure(thrown));
  } finally {
    await reader.cancel().catch(() => undefined); // whoever stops listening stops the sending too
  }
}

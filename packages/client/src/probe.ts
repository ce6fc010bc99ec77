/** Is anybody there, are they well, and what time do they have? Asks without a credential. */
import { err, ok, type Result } from '@argus/kit/result.ts';
import { Readiness } from '@argus/protocol/http/server.ts';
import { textOf } from './answer-text.ts';
import { urlOf, type ClientConfig } from './client.ts';
import { readFailure, type ClientProblem } from './problem.ts';
import { fits, type AnswerOf } from './read.ts';

export type Probed = {
  readonly ready: boolean;
  readonly parts: AnswerOf<typeof Readiness>['parts'];
  /** Epoch milliseconds, to the second; null when the answer carries no time. */
  readonly serverTime: number | null;
};

const PROBE_MS = 5_000;
const readParts = fits(Readiness);

/** A server that is not ready says so with 503 and the same parts: that is an answer, and no failure. */
export async function probe(config: Pick<ClientConfig, 'baseUrl' | 'fetch' | 'userAgent'>): Promise<Result<Probed, ClientProblem>> {
  try {
    const answer = await config.fetch(urlOf(config.baseUrl, { path: '/readyz' }), {
      method: 'GET',
      headers: { accept: 'application/json', 'user-agent': config.userAgent },
      redirect: 'manual',
      signal: AbortSignal.timeout(PROBE_MS),
    });
    const read = readParts(parse((await textOf(answer)) ?? ''));
    if (!read || (answer.status !== 200 && answer.status !== 503)) return err({ kind: 'unreadable', status: answer.status });
    const at = Date.parse(answer.headers.get('date') ?? '');
    return ok({ ready: answer.status === 200, parts: read.parts, serverTime: Number.isNaN(at) ? null : at });
  } catch (thrown) {
    return err(readFailure(thrown));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // nothing we read is null
  }
}

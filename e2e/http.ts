export type Answer = {
  /** 0: no answer, the connection broke. */
  readonly status: number;
  readonly body: Record<string, unknown>;
};
export type Ask = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly pat?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly withinMs?: number;
};

/** A request as anybody would make it. One that is not answered in time throws: nothing may hang. */
export async function ask(url: string, path: string, { method, pat, body, headers, withinMs = 20_000 }: Ask = {}): Promise<Answer> {
  try {
    const answer = await fetch(new URL(path, url), {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(pat !== undefined && { authorization: `Bearer ${pat}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(withinMs),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  } catch (problem) {
    if (problem instanceof Error && problem.name === 'TimeoutError') throw new Error(`${path} was not answered within ${withinMs} ms`, { cause: problem });
    return { status: 0, body: { problem: String(problem) } };
  }
}

import { Agent, request } from 'node:http';

export type Answer = { readonly status: number; readonly body: Record<string, unknown> };
export type Ask = {
  readonly method?: string;
  readonly pat?: string;
  /** Where the caller sits, as the proxy in front of the server saw it. */
  readonly from?: string;
  readonly body?: unknown;
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
};
export type Ops = { ask(path: string, how?: Ask): Promise<Answer>; close(): void };

export const OPERATOR_ADDRESS = '10.7.0.1';
const ANSWER_MS = 20_000;

/** One connection per client, kept open. No answer at all is status 0, with the reason as its code. */
export function opsOver(port: number, clients: number): Ops {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  return {
    close: () => agent.destroy(),
    ask: (path, { method, pat, from = OPERATOR_ADDRESS, body, raw, headers } = {}) =>
      new Promise((resolve) => {
        const text = raw ?? (body === undefined ? '' : JSON.stringify(body));
        const req = request({
          host: '127.0.0.1',
          port,
          path,
          agent,
          method: method ?? (text === '' ? 'GET' : 'POST'),
          headers: {
            'x-forwarded-for': from,
            ...(pat !== undefined && { authorization: `Bearer ${pat}` }),
            ...(text !== '' && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
            ...headers,
          },
        });
        const gone = (problem: Error) => resolve({ status: 0, body: { code: `no answer: ${problem.message}` } });
        req.setTimeout(ANSWER_MS, () => req.destroy(new Error(`none within ${ANSWER_MS} ms`)));
        req.on('error', gone);
        req.on('response', (res) => {
          let answer = '';
          res.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
          res.on('error', gone);
          res.on('end', () => resolve({ status: res.statusCode ?? 0, body: jsonOf(answer) }));
        });
        req.end(text);
      }),
  };
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { code: `no JSON: ${text.slice(0, 80)}` };
  }
}

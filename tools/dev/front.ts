/**
 * What the browser is given: the console as it was built a moment ago, and everything else from the server behind. A text that has
 * `fail:<code>` in it is not passed on but refused with that code, so that every error can be seen without making it happen.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { deny, denyWith, ERRORS, isErrorCode, toProblem, type Denial } from '@argus/protocol/errors.ts';
import { newRequestId } from '@argus/protocol/ids.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { CONSOLE_CSP } from '@argus/ops-api/http/console.ts';

const TYPES: Readonly<Record<string, string>> = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml', webmanifest: 'application/manifest+json' };
const WAITS_S = 20;

/** Null: nothing is to fail. */
export function failureIn(text: string): Denial | null {
  const code = /\bfail:([A-Za-z_]+)/.exec(text)?.[1];
  if (code === undefined || !isErrorCode(code)) return null;
  return code === 'rate_limited' ? denyWith(code, { retry_after_s: WAITS_S }) : deny(code);
}

export function createFront({ dist, behind }: { readonly dist: string; readonly behind: number }): Server {
  return createServer((req, res) => {
    const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
    if (path === '/' || path.startsWith('/console/')) return sendFile(res, dist, path === '/' ? 'index.html' : path.slice('/console/'.length));
    answer(req, res, behind).catch(() => res.destroy()); // half a request, from somebody who is gone
  });
}

/** Names are looked up among those that are there: an address never becomes a path. */
function sendFile(res: ServerResponse, dist: string, name: string): void {
  if (!readdirSync(dist).includes(name)) return void res.writeHead(404).end();
  res.writeHead(200, { 'content-type': TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain', 'cache-control': 'no-store', 'content-security-policy': CONSOLE_CSP, 'service-worker-allowed': '/' }).end(readFileSync(join(dist, name)));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // half an escape: the server behind says what it is
  }
}

async function answer(req: IncomingMessage, res: ServerResponse, port: number): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer); // a stream of bytes
  const body = Buffer.concat(chunks);
  const denial = failureIn(`${decoded(req.url ?? '')} ${body.toString()}`);
  if (denial) {
    const problem = toProblem(denial, newRequestId(systemRandom));
    return void res.writeHead(ERRORS[denial.code].status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
  }
  const onward = request({ host: '127.0.0.1', port, method: req.method, path: req.url, headers: req.headers }, (from) => {
    res.writeHead(from.statusCode ?? 502, from.headers);
    from.pipe(res);
  });
  res.on('close', () => onward.destroy());
  onward.on('error', () => res.destroy());
  onward.end(body);
}

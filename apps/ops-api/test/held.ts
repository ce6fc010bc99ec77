/**
 * Holds every answer of an API under test to what its row in ROUTES says of it: a success to its schema, strictly, so
 * that a field nobody declared fails; a refusal to the codes the route can answer. What is printed from the table
 * cannot lie then, and a running server pays nothing for it.
 */
import type { FastifyInstance } from 'fastify';
import { codesOf } from '../src/http/codes.ts';
import { ROUTES, type Route } from '../src/http/routes.ts';
import { problemsOf } from '@argus/protocol/problems.ts';
import { isDeepStrictEqual } from 'node:util';

const named = Object.entries<Route>(ROUTES);
const rowsAt = (path: string) => named.filter(([, route]) => route.path === path || `/v1${route.path}` === path);

export function holdToItsWord(http: FastifyInstance): void {
  http.addHook('onSend', async (req, reply, payload) => {
    const path = req.routeOptions.url ?? '';
    const rows = rowsAt(path);
    const row = rows.find(([, route]) => route.method === req.method || route.door.kind === 'ladder');
    const lie = row && lieIn(row, { status: reply.statusCode, type: String(reply.getHeader('content-type') ?? ''), payload });
    if (!lie) return payload;
    const problem = new Error(`${req.method} ${path}: ${lie}. Mend its row in http/routes.ts.`);
    void Promise.reject(problem); // fails the run by itself, also when the test at hand looks at something else
    throw problem;
  });
}

export type Sent = { readonly status: number; readonly type: string; readonly payload: unknown };

/** What is not as the row says, or null. */
export function lieIn([name, route]: readonly [string, Route], { status, type, payload }: Sent): string | null {
  if (status === 304) return null;
  if (type.startsWith('application/problem+json')) {
    const { code } = JSON.parse(String(payload)) as { code: string };
    return codesOf(route).some((known) => known === code) || code === 'method_not_allowed' ? null : `the row of ${name} does not say that it can refuse with ${code}`;
  }
  if (route.accepted !== undefined && status === route.accepted) return payload === '' || payload === undefined || payload === null ? null : `${name} answered ${status} with a body`;
  const expected = route.status ?? 200;
  if (status !== expected && status !== route.unready) return `${name} answered ${status} and its row says ${expected}`;
  const sent: unknown = route.type === undefined ? JSON.parse(String(payload)) : String(payload);
  const parsed = route.answer.safeParse(sent);
  if (!parsed.success) return `the answer of ${name} does not fit its schema: ${problemsOf(parsed.error, sent).join('; ')}`;
  return isDeepStrictEqual(parsed.data, sent) ? null : `the answer of ${name} has something its schema does not: ${differing(sent, parsed.data).join(', ')}`;
}

/** Where the two differ, as paths. */
function differing(sent: unknown, declared: unknown, at = ''): readonly string[] {
  if (isDeepStrictEqual(sent, declared)) return [];
  const isBranch = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  if (!isBranch(sent) || !isBranch(declared)) return [at];
  return Object.keys(sent).flatMap((key) => differing(sent[key], declared[key], at === '' ? key : `${at}.${key}`));
}

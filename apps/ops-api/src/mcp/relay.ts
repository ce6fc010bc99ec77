/**
 * A tool's request goes in by the front door: the same routes, with the credential, the ops token and the address of
 * whoever sent the message, and nothing more. What that caller may not, no tool may for them.
 */
import { send } from '@argus/client/client.ts';
import { toolProblem } from '@argus/mcp/problem.ts';
import type { Ask } from '@argus/mcp/server.ts';
import { err, ok } from '@argus/kit/result.ts';
import { ASSERTION_HEADER, RELAYED_HEADER } from '../access/access.ts';

export type Arrived = { readonly socketAddress: string; readonly header: (name: string) => string | undefined };
export type Relayed = { readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'; readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly payload?: string; readonly socketAddress: string };
export type Relay = (call: Relayed) => Promise<{ readonly statusCode: number; readonly body: string }>;

/** Who asks, and from where: all of what the gates look at. */
const CARRIED = ['authorization', 'x-forwarded-for', ASSERTION_HEADER, RELAYED_HEADER, 'user-agent'] as const;
const OPS_TOKEN = 'x-argus-ops-token';
const NOWHERE = 'http://relay.invalid';
/**
 * Of a caller who has hung up already: their socket has no address any more. Without a word in its place the injector takes loopback, where
 * proxies are trusted, and then anybody's X-Forwarded-For counts.
 */
export const GONE = 'unknown';

export function askAs({ socketAddress, header }: Arrived, relay: Relay): Ask {
  const given = (names: readonly string[]) => Object.fromEntries(names.flatMap((name) => (header(name) === undefined ? [] : [[name, header(name) ?? ''] as const])));
  return async (request) => {
    const answer = await send(
      {
        baseUrl: NOWHERE,
        userAgent: '',
        fetch: async (url, { body }) => {
          const headers = { accept: 'application/json', ...given(request.needsOpsToken ? [...CARRIED, OPS_TOKEN] : CARRIED), ...(typeof body === 'string' && { 'content-type': 'application/json' }) };
          const { statusCode, body: text } = await relay({ method: request.method, url: url.slice(NOWHERE.length), headers, ...(typeof body === 'string' && { payload: body }), socketAddress });
          return new Response(text, { status: statusCode });
        },
      },
      request,
    );
    return answer.ok ? ok(answer.value) : err(toolProblem(answer.error));
  };
}

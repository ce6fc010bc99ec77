/** The ops API as its console's proxy reaches it: over TLS, or not leaving this machine. */
import { isIP } from 'node:net';
import type { Clock } from '@argus/kit/clock.ts';
import type { OpsApiCalls } from '../../access-proxy/proxy.ts';
import { isLoopback } from '../../config.ts';
import { ask, type Fetch } from '../fetch/ask.ts';

/** The server waits 5 s for an agent, and writes to the log before and after. */
export const CALL_TIMEOUT_MS = 30_000;
export const ANSWER_BYTES_MAX = 65_536;

export function opsApiAt(baseUrl: string, world: { readonly fetch: Fetch; readonly clock: Pick<Clock, 'after'> }): OpsApiCalls {
  const { protocol, hostname, host, pathname, search, hash, username, password } = new URL(baseUrl);
  const bare = hostname.replace(/^\[|\]$/g, '');
  const isHere = bare === 'localhost' || (isIP(bare) !== 0 && isLoopback(bare));
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isHere);
  // The ops token goes with these calls.
  if (!isSafe || `${username}${password}${search}${hash}` !== '' || pathname !== '/') throw new TypeError('the ops API is reached at https://HOST, or at http:// on loopback, and nothing behind it');
  const origin = `${protocol}//${host}`;
  const limits = { timeoutMs: CALL_TIMEOUT_MS, bytesMax: ANSWER_BYTES_MAX };
  return {
    call: ({ method, path, headers, body }) =>
      ask(world, { url: `${origin}${path}`, init: { method, headers: { ...headers }, ...(body !== undefined && { body }) }, limits }),
  };
}

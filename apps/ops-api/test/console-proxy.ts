/** The console's proxy on loopback, in front of whatever plays the ops API, and a client that speaks as a browser does. */
import { manualClock, type ManualClock } from '@argus/kit/clock.ts';
import { opsApiAt } from '../src/adapters/ops-api/over-http.ts';
import { createAccessProxy, type AccessProxyDeps } from '../src/access-proxy/proxy.ts';
import { networksOf } from '../src/http/address.ts';
import type { Log } from '../src/ports.ts';
import { onLoopback } from './access.ts';
import { seededRandom, START } from './sample.ts';

export const CONSOLE = 'https://console.argus.example';
export const PROXY_OPS_TOKEN = 'ops-token-of-the-proxy-at-least-32-chars';

export type Said = { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: Record<string, unknown> };
export type Sent = { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: unknown; readonly from?: string };

type Over = Partial<Omit<AccessProxyDeps, 'clock'>> & { readonly clock?: ManualClock };
export async function consoleProxy(upstream: string, { clock = manualClock(START), ...over }: Over = {}) {
  const said: Parameters<Log>[] = [];
  const opened: Parameters<AccessProxyDeps['opened']>[0][] = [];
  const handler = createAccessProxy({
    clock,
    random: seededRandom('proxy'),
    log: (...line) => void said.push(line),
    originOf: () => CONSOLE,
    operatorNetworks: networksOf(['10.1.0.0/16']),
    trustedProxies: networksOf(['127.0.0.0/8']), // what stands in front of it in a test
    opsToken: PROXY_OPS_TOKEN,
    opsApi: opsApiAt(upstream, { fetch, clock }),
    opened: (session) => void opened.push(session),
    ...over,
  });
  const { address, close } = await onLoopback(handler);

  /** As a page of the console would; a null header is left out. */
  async function ask(path: string, { method = 'POST', headers = {}, body, from = '203.0.113.9' }: Sent = {}): Promise<Said> {
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { origin: CONSOLE, 'content-type': 'application/json', 'x-forwarded-for': from, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      redirect: 'manual',
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Record<string, unknown> };
  }
  return { address, clock, close, ask, said, opened };
}

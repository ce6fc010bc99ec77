/** Where pages of the console have a session opened: the access proxy, between them and the routes of this very server. */
import type { FastifyInstance } from 'fastify';
import { ACTION_PATH } from '../access-proxy/actions.ts';
import { createAccessProxy, type AccessProxyDeps } from '../access-proxy/proxy.ts';
import type { StepUp } from '../access-proxy/ladder.ts';
import { CSRF_HEADER } from '@argus/protocol/http/auth.ts';
import type { Caller } from '../support/caller.ts';
import { loginCookiePair, type CookieKind } from './cookie.ts';

export type OneClickDeps = Omit<AccessProxyDeps, 'stepUp' | 'originOf' | 'opened'> & {
  readonly callerOf: (req: { method: string; socketAddress: string; headers: Headers; url: string }) => Caller;
  readonly cookie: CookieKind;
  readonly publicUrl: string | undefined;
};
type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What the browser says of itself and of its page: the routes look at it as if it had come to them. */
const OF_THE_PAGE = ['host', 'origin', 'sec-fetch-site', CSRF_HEADER] as const;

export function mountOneClick(app: FastifyInstance, deps: OneClickDeps): void {
  /** Whether it is our page they come from is asked by the route, with these very headers. */
  async function stepUp(headers: Headers): Promise<StepUp | null> {
    const { principal, from: { secret } = { secret: null } } = deps.callerOf({ method: 'POST', socketAddress: '', headers, url: '' });
    const who = await principal();
    if (!who?.login || secret === null) return null;
    const page = OF_THE_PAGE.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]] as const] : []));
    return { confirmedAt: who.login.confirmedAt, credential: { ...Object.fromEntries(page), cookie: loginCookiePair(deps.cookie, secret) } };
  }
  const scheme = deps.cookie === 'secure' ? 'https' : 'http';
  const relay = createAccessProxy({
    ...deps,
    stepUp,
    originOf: ({ host }) => (deps.publicUrl === undefined ? `${scheme}://${host ?? ''}` : new URL(deps.publicUrl).origin),
    opened: () => {}, // a person's session is bound to the sign-in: there is no token to keep
  });
  app.route({
    method: [...app.supportedMethods],
    url: `${ACTION_PATH}*`,
    onRequest: async (req, reply) => {
      reply.hijack(); // before anything of the body is read
      relay(req.raw, reply.raw);
    },
    handler: async () => undefined,
  });
}

/**
 * The pages, mounted beside the API: open to anybody, the same for everybody, from memory. No credential is looked at, no store is
 * asked, no file is opened for a request.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '@argus/kit/clock.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { DocSite } from '../docs/site.ts';
import { hasSecretInQuery } from './secret-in-query.ts';
import { cachingOf, createPrepared, READS, sendSheet as send } from './sheets.ts';

export type DocsDeps = {
  readonly clock: Pick<Clock, 'elapsed'>;
  /** Made when it is first asked for. */
  readonly site: () => DocSite;
  readonly refuse: (req: FastifyRequest, reply: FastifyReply, denial: Denial) => FastifyReply;
};

/** As they stand in /metrics. */
export const DOCS_PATHS = ['/docs', '/docs/*', '/llms.txt', '/sitemap.md', '/agents.md', '/robots.txt'] as const;

/** Scripts and styles come from this server only, none stands in a page, and nobody frames one. */
export const CSP = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
].join('; ');
const HEADERS = {
  'content-security-policy': CSP,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  vary: 'accept-encoding',
};

/** A search reads all the pages, which takes some milliseconds: all searches together get a tenth of the time there is. */
const SEARCHES_PER_S = 20;
function createSearches(clock: DocsDeps['clock']): () => boolean {
  let [second, searches] = [0, 0];
  return () => {
    const now = Math.floor(clock.elapsed() / 1_000);
    if (now !== second) [second, searches] = [now, 0];
    return ++searches <= SEARCHES_PER_S;
  };
}

export function mountDocs(app: FastifyInstance, { clock, site, refuse }: DocsDeps): void {
  const prepared = createPrepared();
  const maySearch = createSearches(clock);
  const answer = (req: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const raw = req.raw.url ?? '';
    if (hasSecretInQuery(raw, { isLadder: false })) return refuse(req, reply, deny('secret_in_address'));
    const asked = raw.indexOf('?');
    const [path, query] = asked < 0 ? [raw, ''] : [raw.slice(0, asked), raw.slice(asked)];
    void reply.headers(HEADERS);
    if (path === '/docs/search' && !maySearch()) return refuse(req, reply, denyWith('rate_limited', { retry_after_s: 1 }));
    if (path === '/docs/search') return send(req, reply, prepared(site().search(new URLSearchParams(query).get('q') ?? '')), 'no-store');
    const sheet = site().at(path);
    if (sheet) return send(req, reply, prepared(sheet), cachingOf(sheet));
    const without = withoutLastSlashes(path);
    if (without !== path && site().at(without)) return reply.code(308).header('location', without).send();
    return send(req, reply.code(404), prepared(site().missing), 'no-store');
  };
  for (const url of DOCS_PATHS) app.route({ method: [...READS], url, onRequest: async (req, reply) => answer(req, reply), handler: async () => undefined });
}

/** From its end on: a pattern would begin anew at each slash of a long row of them, and hold everybody up. */
function withoutLastSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end--;
  return path.slice(0, end);
}

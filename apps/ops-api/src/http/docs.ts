/**
 * The pages, mounted beside the API: open to anybody, the same for everybody, from memory. No credential is looked at, no store is
 * asked, no file is opened for a request.
 */
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sha256Hex } from '@argus/keys/hash.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { DocSite, Sheet } from '../docs/site.ts';
import { isKnown } from './page.ts';
import { hasSecretInQuery } from './secret-in-query.ts';

export type DocsDeps = {
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
const READS = ['GET', 'HEAD'];
const YEAR_S = 31_536_000;
const WORTH_PACKING = 1_024; // bytes

export function mountDocs(app: FastifyInstance, { site, refuse }: DocsDeps): void {
  const prepared = createPrepared();
  const answer = (req: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const raw = req.raw.url ?? '';
    if (!READS.includes(req.method)) return refuse(req, reply.header('allow', READS.join(', ')), deny('method_not_allowed'));
    if (hasSecretInQuery(raw, { isLadder: false })) return refuse(req, reply, deny('secret_in_address'));
    const asked = raw.indexOf('?');
    const [path, query] = asked < 0 ? [raw, ''] : [raw.slice(0, asked), raw.slice(asked)];
    void reply.headers(HEADERS);
    if (path === '/docs/search') return send(req, reply, prepared(site().search(new URLSearchParams(query).get('q') ?? '')), 'no-store');
    const sheet = site().at(path);
    if (sheet) return send(req, reply, prepared(sheet), sheet.forever ? `public, max-age=${YEAR_S}, immutable` : 'no-cache');
    const without = path.replace(/\/+$/, '');
    if (without !== path && without.startsWith('/docs') && site().at(without)) return reply.code(308).header('location', without).send();
    return send(req, reply.code(404), prepared(site().missing), 'no-store');
  };
  for (const url of DOCS_PATHS) app.route({ method: [...app.supportedMethods], url, onRequest: async (req, reply) => answer(req, reply), handler: async () => undefined });
}

type Prepared = { readonly sheet: Sheet; readonly bytes: Buffer; readonly etag: string; readonly packed: () => Buffer | null };

/** Bytes, etag and the packed form of a sheet are made once. Search results are kept by nobody. */
function createPrepared(): (sheet: Sheet) => Prepared {
  const made = new WeakMap<Sheet, Prepared>();
  return (sheet) => {
    const known = made.get(sheet);
    if (known) return known;
    const bytes = Buffer.from(sheet.text);
    let packed: Buffer | null = null;
    const prepared: Prepared = { sheet, bytes, etag: `"${sha256Hex(sheet.text).slice(0, 32)}"`, packed: () => (bytes.length < WORTH_PACKING ? null : (packed ??= gzipSync(bytes))) };
    made.set(sheet, prepared);
    return prepared;
  };
}

function send(req: FastifyRequest, reply: FastifyReply, { sheet, bytes, etag, packed }: Prepared, caching: string): FastifyReply {
  const zipped = /\bgzip\b/.test(req.headers['accept-encoding'] ?? '') ? packed() : null;
  const tag = zipped ? `${etag.slice(0, -1)}-z"` : etag;
  void reply.headers({ 'cache-control': caching, ...(caching !== 'no-store' && { etag: tag }) });
  if (caching !== 'no-store' && reply.statusCode === 200 && isKnown(req, tag)) return reply.code(304).send();
  const body = zipped ?? bytes;
  void reply.type(sheet.type).headers({ 'content-length': String(body.length), ...(zipped && { 'content-encoding': 'gzip' }) });
  return reply.send(req.method === 'HEAD' ? undefined : body);
}

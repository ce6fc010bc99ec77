/**
 * The console, mounted beside the API: one page and its files, from memory, the same for everybody. Who may see anything in it is
 * asked by every route it calls.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { hasSecretInQuery } from './secret-in-query.ts';
import { cachingOf, createPrepared, READS, sendSheet, type Sheet } from './sheets.ts';

export type ConsoleFile = { readonly name: string; readonly text: string };
/** Read once, when somebody first asks; empty: this server was not given one. */
export type ReadConsoleFiles = () => readonly ConsoleFile[];
export type ConsoleDeps = {
  readonly files: ReadConsoleFiles;
  readonly refuse: (req: FastifyRequest, reply: FastifyReply, denial: Denial) => FastifyReply;
};

/** As they stand in /metrics. */
export const CONSOLE_PATHS = ['/', '/console/*'] as const;
const FILES_AT = '/console/';
const PAGE = 'index.html';
/** Lies below /console/, and keeps the page at `/` as well. */
const WORKER_AT = `${FILES_AT}worker.js`;

/**
 * Nothing runs but our own files, nothing becomes markup that was text, nothing leaves for elsewhere, and nobody frames it. The two
 * policies of Trusted Types take no text: each is made once, by the console's first script, and makes one address, of the checker of proofs
 * (apps/console/src/proof/start.ts) or of the worker that keeps the shell (apps/console/src/adapters/worker.ts).
 */
export const CONSOLE_CSP = [
  "default-src 'none'", "script-src 'self'", "worker-src 'self'", "style-src 'self'", "img-src 'self' blob:", "connect-src 'self'", "manifest-src 'self'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", 'trusted-types argus-checker argus-worker',
].join('; ');
const HEADERS = {
  'content-security-policy': CONSOLE_CSP,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  vary: 'accept-encoding',
};
const TYPES: Readonly<Record<string, string>> = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml', webmanifest: 'application/manifest+json; charset=utf-8', txt: 'text/plain; charset=utf-8' };

export function mountConsole(app: FastifyInstance, { files, refuse }: ConsoleDeps): void {
  const prepared = createPrepared();
  let sheets: ReadonlyMap<string, Sheet> | null = null;
  const answer = (req: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const raw = req.raw.url ?? '';
    if (hasSecretInQuery(raw, { isLadder: false })) return refuse(req, reply, deny('secret_in_address'));
    const [path = ''] = raw.split('?', 1);
    sheets ??= sheetsOf(files());
    const sheet = sheets.get(path);
    if (!sheet) return refuse(req, reply, deny('not_found'));
    if (path === WORKER_AT) void reply.header('service-worker-allowed', '/');
    return sendSheet(req, reply.headers(HEADERS), prepared(sheet), cachingOf(sheet));
  };
  for (const url of CONSOLE_PATHS) app.route({ method: [...READS], url, onRequest: async (req, reply) => answer(req, reply), handler: async () => undefined });
}

/** By address: what is asked for never becomes the name of a file. */
function sheetsOf(files: readonly ConsoleFile[]): ReadonlyMap<string, Sheet> {
  return new Map(
    files.flatMap(({ name, text }): (readonly [string, Sheet])[] => {
      const type = TYPES[name.split('.').at(-1) ?? ''];
      if (type === undefined) return [];
      if (name === PAGE) return [['/', { type, text }]];
      return [[`${FILES_AT}${name}`, { type, text, ...(/-[A-Z0-9]{8}\.(js|css)$/.test(name) && { forever: true as const }) }]];
    }),
  );
}

import { ARGS_BYTES_USUAL } from '@argus/protocol/commands/define.ts';
import { deny, denyWith, ERRORS, toProblem, type Denial, type ErrorCode } from '@argus/protocol/errors.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { Readiness } from '@argus/protocol/http/server.ts';
import { problemsOf } from '@argus/protocol/problems.ts';
import { newRequestId, type TokenId } from '@argus/protocol/ids.ts';
import { METHODS as httpMethods } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Random } from '@argus/keys/random.ts';
import { McpAnswer } from '../mcp/mcp.ts';
import { Download } from '../evidence/download.ts';
import type { DocSite } from '../docs/site.ts';
import { LiveLine } from '../live/lines.ts';
import type { Log } from '../ports.ts';
import type { Principal } from '../people/principal.ts';
import type { Caller } from '../support/caller.ts';
import { createBodyRoom } from './body-room.ts';
import { CONSOLE_PATHS, mountConsole, type ReadConsoleFiles } from './console.ts';
import { DOCS_PATHS, mountDocs } from './docs.ts';
import { enter, readNames } from './enter.ts';
import { createMethodsAt, type KnownPath } from './methods-at.ts';
import { CROWDED_BODY, recordCalls, recordNow, watchCaller, type CallRecorder } from './record-calls.ts';
import type { LadderHandlers, PlainHandlers, Visit } from './handlers.ts';
import { templateOf } from '../audit/api-call.ts';
import { loginCookie, WithCookie, type CookieKind } from './cookie.ts';
import { Page, sendPage } from './page.ts';
import { sendMcp } from './send-mcp.ts';
import { Redirect, sendRedirect } from './redirect.ts';
import { sendLive } from './send-live.ts';
import { READS } from './sheets.ts';
import { sendDownload } from './send-download.ts';
import { readQuery } from './query.ts';
import { hasSecretInQuery } from './secret-in-query.ts';
import { LADDER_ROUTES, ROUTES, type LadderRoute, type Route, type RouteName } from './routes.ts';

export type MountDeps = {
  readonly plain: PlainHandlers;
  readonly ladders: LadderHandlers;
  readonly callerOf: (req: { method: string; socketAddress: string; headers: FastifyRequest['headers']; url: string }) => Caller;
  readonly recorder: CallRecorder;
  /** May this caller read the metrics? */
  readonly mayScrape: (req: { readonly ip: string; readonly headers: FastifyRequest['headers'] }) => boolean;
  /** Told of every answer that has left: the route's template, never the address itself. */
  readonly answered: (route: string | undefined, answer: { readonly method: string; readonly status: number; readonly ms: number }) => void;
  readonly docs: () => DocSite;
  readonly console: ReadConsoleFiles;
  /** What the cookie of a sign-in is called here, and for how long a browser keeps it. */
  readonly cookie: { readonly kind: CookieKind; readonly maxAgeS: number };
  readonly random: Random;
  readonly log: Log;
};

/** Everything Node.js parses, spelled as it spells it. */
const METHODS = httpMethods.filter((method) => method !== 'CONNECT');
const isLadder = (name: RouteName): name is LadderRoute => LADDER_ROUTES.some((l) => l === name);
const nobody: Principal = { tokenId: 'tok_nobody' as TokenId, operator: 'unauthenticated', scopes: [], tenants: [] };

/** Puts the table of routes on a Fastify instance, and every answer that is not a success into one shape. */
export function mount(app: FastifyInstance, deps: MountDeps): void {
  // Fastify reads text/plain unless told otherwise, and every body here is JSON.
  app.removeContentTypeParser('text/plain');
  // Asked once while the line stands, an address is known as long as its socket: whoever hangs up before they are read is on record with it.
  app.server.on('connection', ({ remoteAddress }: Socket) => void remoteAddress);
  recordCalls(app, deps.recorder);
  const bodies = createBodyRoom({ usual: ARGS_BYTES_USUAL });
  // A ladder answers whatever the HTTP parser lets through; CONNECT never gets this far.
  for (const method of METHODS) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: true });
  for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
    for (const path of [route.path, `/v1${route.path}`]) {
      if (isLadder(name)) mountLadder(app, { ...deps, bodies }, { name, route, path });
      else mountPlain(app, deps, { name, route, path });
    }
  }
  for (const { path: url, methods } of MISTAKEN) app.route({ method: [...methods], url, onRequest: async (req, reply) => refuseMethod(req, reply, paths.at(url)), handler: async () => undefined });

  mountDocs(app, { clock: deps.recorder.clock, site: deps.docs, refuse });
  mountConsole(app, { files: deps.console, refuse });

  app.setNotFoundHandler((req, reply) => refuse(req, reply, deny('not_found')));
  app.setErrorHandler((problem: FastifyError, req, reply) => refuse(req, reply, denialOf(problem, deps.log)));
  app.addHook('onRequest', async (req, reply) => {
    req.requestId = newRequestId(deps.random);
    void greet(reply, req.requestId);
    const known = req.is404 ? paths.at(req.raw.url ?? '') : null;
    return known ? refuseMethod(req, reply, known) : undefined;
  });
  // Whoever waits to be told to send its body has passed what is asked before it; nobody else is told.
  app.addHook('preParsing', (req, reply, payload, done) => {
    if (req.headers.expect?.toLowerCase() === '100-continue' && !reply.sent) reply.raw.writeContinue();
    done(null, payload);
  });
  app.addHook('onResponse', async (req, reply) => {
    deps.answered(templates.get(req.unmet ?? req.routeOptions.url ?? ''), { method: req.method, status: reply.statusCode, ms: reply.elapsedTime });
  });
}

const paths = createMethodsAt([
  ...[...DOCS_PATHS, ...CONSOLE_PATHS].map((path) => ({ path, methods: READS })),
  ...Object.entries(Object.groupBy(Object.values<Route>(ROUTES), ({ path }) => path)).flatMap(([path, rows = []]) => ['', '/v1'].map((mount) => ({ path: `${mount}${path}`, methods: rows.map(({ method }) => method) }))),
]);
const MISTAKEN = paths.mistaken();

/** Both mounts of a route count as one, under the text that stands in the record and in docs/reference/routes.md. */
const templates: ReadonlyMap<string, string> = new Map([
  ...Object.values<Route>(ROUTES).flatMap(({ path }) => [[path, templateOf(path)], [`/v1${path}`, templateOf(path)]] as const),
  ...[...DOCS_PATHS, ...CONSOLE_PATHS].map((path) => [path, path] as const),
]);

const greet = (reply: FastifyReply, requestId: string) =>
  reply.headers({ 'x-request-id': requestId, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });

type Mounted<N extends RouteName = RouteName> = { readonly name: N; readonly route: Route; readonly path: string };

function mountPlain(app: FastifyInstance, deps: MountDeps, { name, route, path }: Mounted<Exclude<RouteName, LadderRoute>>): void {
  app.route({
    method: route.method,
    url: path,
    // The door is asked before the body is read.
    onRequest: async (req, reply) => {
      if (hasSecretInQuery(req.raw.url ?? '', { isLadder: false })) return refuse(req, reply, deny('secret_in_address'));
      const caller = callerOf(deps, req, route);
      const who = await enter(route.door, caller.principal, () => deps.mayScrape({ ip: caller.ip, headers: req.headers }));
      const foreign = !who.ok ? who.error : who.value?.login ? caller.pageProblem?.() : route.door.kind === 'sign_in' ? caller.signInProblem?.() : null;
      if (!who.ok || foreign) return refuse(req, reply, foreign ?? deny('internal'));
      const names = readNames(paramsOf(req), who.value);
      if (!names.ok) return refuse(req, reply, names.error);
      req.visit = visitOf(req, { caller, who: who.value ?? nobody, names: names.value });
    },
    handler: async (req, reply) => {
      const input = readInput(deps, route, req);
      if (!input.ok || !req.visit) return refuse(req, reply, input.ok ? deny('internal', 'no visit') : input.error);
      // A body can take its time: who asks has to be somebody still. Young looks are not repeated.
      const still = await enter(route.door, req.visit.caller.principal, () => true);
      if (!still.ok) return refuse(req, reply, still.error);
      const handle = deps.plain[name] as (visit: Visit) => ReturnType<PlainHandlers['health']>; // the body was parsed with this route's schema
      const result = await handle({ ...req.visit, ...input.value });
      if (route.recorded === 'before_answer' && result.ok && !(await recordNow(req, route.status ?? 200, deps.recorder))) {
        if (result.value instanceof Download) result.value.slot.end(); // it will not be sent
        return refuse(req, reply, deny('audit_unavailable', 'the reading itself could not be recorded'));
      }
      if (result.ok && result.value instanceof Download) return sendDownload(reply, result.value, { clock: deps.recorder.clock, log: deps.log });
      if (result.ok && result.value instanceof LiveLine) return sendLive(reply, result.value);
      return answer(req, reply, { route, result, cookie: deps.cookie });
    },
  });
}

function mountLadder(app: FastifyInstance, deps: MountDeps & { readonly bodies: ReturnType<typeof createBodyRoom> }, { name, route, path }: Mounted<LadderRoute>): void {
  const ladder = deps.ladders[name] as LadderHandlers['activate']; // both have this shape; entered and body stay within one of them
  const refuseBody = async (req: FastifyRequest, reply: FastifyReply, denial: Denial) => {
    const isRecorded = req.visit !== undefined && req.entered !== undefined && denial.code !== 'internal';
    const result = isRecorded ? await ladder.after(req.visit as Visit, req.entered as Parameters<typeof ladder.after>[1], err(denial)) : err(denial);
    return answer(req, reply, { route, result });
  };
  app.route({
    method: [...app.supportedMethods], // a wrong method gets the ladder's first refusal, like everything else that is wrong
    url: path,
    ...(route.bodyBytesMax !== undefined && { bodyLimit: route.bodyBytesMax }),
    onRequest: async (req, reply) => {
      req.visit = visitOf(req, { caller: callerOf(deps, req, route), who: nobody, names: {} });
      const entered = await ladder.before(req.visit);
      // Always closed, so that not even the connection differs by what else was sent.
      if (!entered.ok) return refuse(req, reply.header('connection', 'close'), entered.error);
      req.entered = entered.value;
      if (req.method !== route.method) return refuseBody(req, reply, deny('method_not_allowed'));
      if (route.bodyBytesMax !== undefined && !deps.bodies.take(req.raw, reply.raw, route.bodyBytesMax)) return refuseBody(req, reply, denyWith('rate_limited', { retry_after_s: 5 }));
    },
    // What cannot be read is refused by the ladder's own gate for the request, and is on record as such.
    errorHandler: (problem, req, reply) => {
      refuseBody(req, reply, denialOf(problem, deps.log)).catch((worse: FastifyError) => refuse(req, reply, denialOf(worse, deps.log)));
    },
    handler: async (req, reply) => {
      if (!req.visit || !req.entered) return refuse(req, reply, deny('internal', 'not entered'));
      const input = readInput(deps, route, req);
      const body = (input.ok ? ok(input.value.body) : input) as Parameters<typeof ladder.after>[2]; // parsed with this route's schema
      return answer(req, reply, { route, result: await ladder.after(req.visit, req.entered as Parameters<typeof ladder.after>[1], body) });
    },
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    requestId?: string;
    unmet?: string; // an address of ours, asked with a method it does not take
    visit?: Visit;
    entered?: unknown;
  }
}

const callerOf = (deps: MountDeps, req: FastifyRequest, route: Route) =>
  watchCaller(req, {
    caller: deps.callerOf({ method: req.method, socketAddress: req.socket.remoteAddress ?? '', headers: req.headers, url: req.raw.url ?? '' }),
    route,
    clock: deps.recorder.clock,
  });
const paramsOf = (req: FastifyRequest) => (req.params ?? {}) as Record<string, string>;

const lastEventId = (header: string | string[] | undefined) => (typeof header === 'string' ? header.slice(0, 100) : undefined);

function visitOf(req: FastifyRequest, { caller, who, names }: { caller: Caller; who: Principal; names: Visit['params'] }): Visit {
  const token = req.headers['x-argus-session'];
  return {
    caller,
    actor: { principal: who, ip: caller.ip },
    params: names,
    named: paramsOf(req),
    query: undefined,
    sessionToken: typeof token === 'string' ? token : undefined,
    lastEventId: lastEventId(req.headers['last-event-id']),
    arrived: { socketAddress: req.socket.remoteAddress ?? '', header: (name) => req.headers[name]?.toString() },
    body: undefined,
  };
}

/** Query and body, as the row of this route declares them. */
function readInput({ recorder }: MountDeps, route: Route, req: FastifyRequest): Result<{ readonly query: unknown; readonly body: unknown }, Denial> {
  const query = readQuery(route.query, req.query);
  if (!query.ok) return query;
  if (!route.body) return ok({ query: query.value, body: undefined });
  const raw = req.body ?? {};
  if (recorder.secrets.isIn(route.door.kind === 'code' || route.door.kind === 'sign_in' ? withoutCode(raw) : withoutArgs(raw))) return err(denyWith('bad_request', { problems: ['a secret stands where none belongs; secrets go into their own headers'] }));
  const parsed = route.body.safeParse(raw);
  return parsed.success ? ok({ query: query.value, body: parsed.data }) : err(denyWith('bad_request', { problems: problemsOf(parsed.error, raw) }));
}

/** The code itself is a secret, and stands where it belongs. */
const withoutCode = (raw: unknown): unknown => (typeof raw === 'object' && raw !== null && 'code' in raw ? { ...raw, code: null } : raw);
/** Of a command's arguments the contract says what may be kept, and how. */
const withoutArgs = (raw: unknown): unknown => (typeof raw === 'object' && raw !== null && 'args' in raw ? { ...raw, args: null } : raw);

function answer(req: FastifyRequest, reply: FastifyReply, { route, result, cookie }: { route: Route; result: Result<unknown, Denial>; cookie?: MountDeps['cookie'] }): FastifyReply {
  if (!result.ok) return refuse(req, reply, result.error);
  if (result.value instanceof WithCookie && cookie) {
    const { body, secret } = result.value;
    if (secret === null) void reply.header('clear-site-data', '"cache", "storage"');
    return reply.header('set-cookie', loginCookie(cookie.kind, secret, cookie.maxAgeS)).code(route.status ?? 200).send(body);
  }
  if (result.value instanceof Redirect && cookie) return sendRedirect(reply, result.value, cookie);
  if (result.value instanceof Page) return sendPage(req, reply, result.value);
  if (result.value instanceof McpAnswer) return sendMcp(reply, result.value, route);
  if (route.type !== undefined) void reply.type(route.type);
  const isUnready = route.unready !== undefined && hasPartThatFails(result.value);
  return reply.code(isUnready ? 503 : (route.status ?? 200)).send(result.value);
}
/** Readiness speaks by its status; everything else that succeeds, succeeds. */
const hasPartThatFails = (value: unknown) => Readiness.safeParse(value).data?.parts.some((part) => !part.ok) === true;

function refuseMethod(req: FastifyRequest, reply: FastifyReply, known: KnownPath | null): FastifyReply {
  req.unmet = known?.path ?? '';
  return refuse(req, reply.header('allow', known?.methods.join(', ')), deny('method_not_allowed'));
}

function refuse(req: FastifyRequest, reply: FastifyReply, denial: Denial): FastifyReply {
  const problem = toProblem(denial, req.requestId ?? 'req_unknown');
  if (problem.retry_after_s !== undefined) void reply.header('retry-after', String(problem.retry_after_s));
  // The connection is not kept: what is left of a body we did not read must not be taken for a request.
  if (!req.raw.complete) void reply.header('connection', 'close');
  return reply.code(problem.status).type('application/problem+json').send(problem);
}

const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  [CROWDED_BODY]: 'body_too_large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_request',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_request',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
};

/**
 * The database does not answer: nothing can be looked up, so nothing can be written either. pg gives some of these no code.
 * 25006: it takes no writes, as a standby does; 55P03 and 57014: it took too long; 53 and 58: it lacks room, or a disk.
 */
const isDatabaseGone = ({ code = '', message }: Error & { readonly code?: string }): boolean =>
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|EAGAIN|ETIMEDOUT|57\w{3}|08\w{3}|53\w{3}|58\w{3}|25006|55P03)$/.test(code) ||
  /^Connection terminated|timeout exceeded when trying to connect|^timeout expired|^Query read timeout|is not queryable$/.test(message);

function denialOf(problem: FastifyError, log: Log): Denial {
  if (isDatabaseGone(problem)) return deny('audit_unavailable', problem.message);
  const code = FASTIFY_CODES[problem.code] ?? (problem.statusCode === 400 || problem instanceof SyntaxError ? 'malformed_request' : 'internal');
  if (code === 'internal') log('error', 'unexpected', { problem: problem.message, stack: problem.stack ?? null });
  return deny(code);
}

/** Addresses Fastify gives up on before it knows a route. */
export function refuseUnrouted(problem: FastifyError, req: FastifyRequest, reply: FastifyReply, random: Random): void {
  req.requestId = newRequestId(random);
  void greet(reply, req.requestId);
  void refuse(req, reply, deny(FASTIFY_CODES[problem.code] ?? 'malformed_request'));
}

/** For bytes that are not HTTP at all: the same shape, written by hand. */
export function rawProblem(code: ErrorCode, requestId: string): string {
  const body = JSON.stringify(toProblem(deny(code), requestId));
  const { status } = ERRORS[code];
  return `HTTP/1.1 ${status} ${ERRORS[code].title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}

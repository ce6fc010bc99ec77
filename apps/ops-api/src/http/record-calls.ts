import type { Clock } from '@argus/kit/clock.ts';
import { ARGS_BYTES_USUAL } from '@argus/protocol/commands/define.ts';
import { ANSWER_OF_HEADER } from '@argus/protocol/http/auth.ts';
import type { LoginId } from '@argus/protocol/ids.ts';
import { isCrowded } from '@argus/protocol/json.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { apiCallOf, type ApiCall } from '../audit/api-call.ts';
import type { CallLane } from '../audit/call-lane.ts';
import type { LastUsed } from '../people/last-used.ts';
import type { OwnSecrets } from '../people/own-secrets.ts';
import type { Principal, Scope } from '../people/principal.ts';
import type { Caller } from '../support/caller.ts';
import type { Door, Route } from './routes.ts';

export type CallRecorder = {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly lane: Pick<CallLane, 'add' | 'record'>;
  readonly used: Pick<LastUsed, 'note'>;
  /** A person did something. */
  readonly present?: (login: LoginId) => void;
  readonly secrets: OwnSecrets;
};

/** A request on its way, as far as the record of calls is concerned. Nobody is on record whose credential nobody looked at. */
export type Passing = { readonly route: Route; readonly ip: string; readonly at: number; readonly began: number; who: Principal | null; isRecorded: boolean };

declare module 'fastify' {
  interface FastifyRequest {
    passing?: Passing;
    bytes?: Buffer; // of the body, as they came
  }
}

/** Remembers who it was, when a gate has asked; and asks nothing itself. */
export function watchCaller(req: FastifyRequest, { caller, route, clock }: { caller: Caller; route: Route; clock: Clock }): Caller {
  const passing: Passing = { route, ip: caller.ip, at: clock.now(), began: clock.elapsed(), who: null, isRecorded: false };
  req.passing = passing;
  return {
    ...caller,
    async principal() {
      const who = await caller.principal();
      passing.who ??= who;
      return who;
    },
  };
}

/** Of the error for a body of more values than anything here takes. */
export const CROWDED_BODY = 'ARGUS_CROWDED_BODY';

/** One row per authenticated call, made when it is answered, also when nobody is there any more to hear the answer. */
export function recordCalls(app: FastifyInstance, recorder: CallRecorder): void {
  const json = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (req, bytes, done) => {
    req.bytes = bytes;
    const text = bytes.toString();
    // What takes long to read is not read: everybody else would wait, and a session outlives no 15 seconds of that.
    if (bytes.length > ARGS_BYTES_USUAL && isCrowded(text)) done(Object.assign(new Error('a body of too many values'), { code: CROWDED_BODY }));
    else return json(req, text, done);
  });
  app.addHook('onSend', (req, reply, payload, done) => {
    const login = req.passing?.who?.login;
    if (login) void reply.header(ANSWER_OF_HEADER, login.user);
    const call = callOf(req, reply.statusCode, recorder);
    if (call) recorder.lane.add(call);
    done(null, payload);
  });
}

/** For who reads the record: first their own call is in it, durable, and only then they get to see anything. */
export async function recordNow(req: FastifyRequest, status: number, recorder: CallRecorder): Promise<boolean> {
  const call = callOf(req, status, recorder);
  const isWritten = call !== null && (await recorder.lane.record(call));
  if (isWritten && req.passing) req.passing.isRecorded = true;
  return isWritten;
}

function callOf(req: FastifyRequest, status: number, { clock, newId, used, present, secrets }: CallRecorder): ApiCall | null {
  const { passing } = req;
  if (!passing?.who || passing.isRecorded) return null;
  if (!passing.who.login) used.note(passing.who.tokenId);
  else if (!passing.route.polled && status < 400) present?.(passing.who.tokenId); // what a page asks by itself is nobody's doing
  return apiCallOf(
    {
      id: newId(),
      at: passing.at,
      latencyMs: clock.elapsed() - passing.began,
      who: passing.who,
      scope: scopeOf(passing.route.door, passing.who),
      method: req.method,
      path: passing.route.path,
      status,
      params: (req.params ?? {}) as Record<string, string>,
      query: (req.query ?? {}) as Record<string, unknown>,
      ip: passing.ip,
      userAgent: req.headers['user-agent'],
      body: passing.route.secretBody ? undefined : req.bytes, // the digest of a password would be a way to guess it
    },
    secrets.without,
  );
}

/** What the door asked for; where one of several would do, the one that opened it. */
function scopeOf(door: Door, { scopes }: Principal): Scope | null {
  if (door.kind === 'log') return [...door.scopes, 'own_log:read' as const].find((scope) => scopes.includes(scope)) ?? null;
  return door.kind === 'scope' ? door.scope : door.kind === 'ladder' ? 'remote_support' : null;
}

/**
 * Between a page of the console and the ops API: verifies for itself, adds the ops token where the page cannot see it,
 * and gives back only what a page may have. The ops API verifies all of it again, and has to count this proxy's
 * address among its trusted ones to see the caller's. Neither the ops token nor a session token reaches the browser.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@argus/kit/clock.ts';
import { climb } from '@argus/kit/gate.ts';
import type { Result } from '@argus/kit/result.ts';
import type { Random } from '@argus/keys/random.ts';
import { deny, toProblem, type Denial } from '@argus/protocol/errors.ts';
import { Activated } from '@argus/protocol/http/shapes.ts';
import { newRequestId, parseId, secretShaped } from '@argus/protocol/ids.ts';
import { ASSERTION_HEADER, RELAYED_HEADER, type Access } from '../access/access.ts';
import { createFloodLines } from '../audit/flood-lines.ts';
import { clientAddress, type Networks } from '../http/address.ts';
import { once } from '../people/once.ts';
import type { Log } from '../ports.ts';
import { actionAt, type Action, type Relayed } from './actions.ts';
import { proxyLadder, type ProxyFacts, type StepUp } from './ladder.ts';
import { readBody } from './read-body.ts';
import { readRefusal } from './refusal.ts';

/** One call of the ops API: bounded in time and size, and never led elsewhere. An error says why there is no answer. */
export interface OpsApiCalls {
  call(request: OpsApiCall): Promise<Result<{ readonly status: number; readonly text: string }, string>>;
}
export type OpsApiCall = {
  readonly method: Relayed['method'];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type AccessProxyDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The console's own address as a browser writes it: https://ops.example.org. */
  readonly originOf: (headers: IncomingMessage['headers']) => string;
  readonly access?: Access;
  readonly operatorNetworks: Networks;
  /** What stands in front of this proxy; itself it is never an operator network. */
  readonly trustedProxies: Networks;
  /** The sign-in behind a request. Absent: nobody can confirm one, and an operator network alone opens nothing here. */
  readonly stepUp?: (headers: IncomingMessage['headers']) => Promise<StepUp | null>;
  readonly opsToken: string;
  readonly opsApi: OpsApiCalls;
  /** Where a session goes whose token the browser may not have. */
  readonly opened: (session: Activated) => void;
};

type Answer = { readonly status: number; readonly body: unknown; readonly retryAfterS?: number | undefined };

export function createAccessProxy(deps: AccessProxyDeps): (req: IncomingMessage, res: ServerResponse) => void {
  if (!/^[\x21-\x7e]{32,}$/.test(deps.opsToken)) throw new TypeError('the ops token of the proxy is not one: 32 or more plain characters');
  /** The ops API never hears of these, so they are in no record: they are in this output. docs/adr/0037 */
  const tell = createFloodLines(deps);

  function factsOf(req: IncomingMessage, { ip, action }: { ip: string; action: Action | null }): ProxyFacts {
    const { headers } = req;
    return {
      access: deps.access?.wayIn(headers[ASSERTION_HEADER]),
      fromOperatorNetwork: deps.operatorNetworks.has(ip) && !deps.trustedProxies.has(ip),
      stepUp: once(async () => (await deps.stepUp?.(headers)) ?? null),
      now: deps.clock.now(),
      origin: headers.origin,
      ownOrigin: deps.originOf(headers),
      method: req.method,
      action,
      contentType: headers['content-type'],
    };
  }

  async function relay(req: IncomingMessage, requestId: string): Promise<Answer> {
    // 1. gather
    const ip = clientAddress(req.socket.remoteAddress ?? '', req.headers['x-forwarded-for']?.toString(), deps.trustedProxies);
    const asked = actionAt(req.url ?? '');
    const facts = factsOf(req, { ip, action: asked?.action ?? null });

    const turnAway = (denial: Denial): Answer => {
      tell({ what: 'not_relayed', code: denial.code, address: ip, facts: { why: denial.internal ?? null, request_id: requestId } });
      return refusal(denial, requestId);
    };

    // 2. decide, before anything of the body is read
    const { denial } = await climb(proxyLadder, facts);
    if (denial || !asked) return turnAway(denial ?? deny('not_found'));
    const body = await readBody(req, deps.clock);
    const relayed = body.ok ? asked.action.read(body.value) : body;
    if (!relayed.ok) return turnAway(relayed.error);

    // 3. act: what goes on is ours, word for word
    const answered = await deps.opsApi.call({
      method: relayed.value.method,
      path: relayed.value.path,
      headers: { ...(await credentialsOf(req, facts)), ...ownHeaders(ip, relayed.value) },
      ...(relayed.value.body !== undefined && { body: JSON.stringify(relayed.value.body) }),
    });
    deps.log('info', 'relayed', { action: asked.name, status: answered.ok ? answered.value.status : null, request_id: requestId });
    if (!answered.ok) return turnAway(deny('ops_api_unreachable', answered.error));

    // 4. give back what a page may have
    const { status, text } = answered.value;
    const said = parsed(text);
    if (status < 200 || status > 299) return readRefusal(said, requestId);
    const session = Activated.safeParse(said);
    if (session.success) deps.opened(session.data);
    const forBrowser = asked.action.forBrowser.safeParse(said);
    return forBrowser.success ? { status, body: forBrowser.data } : turnAway(deny('ops_api_unreachable', 'an answer of another shape'));
  }

  /** With a verified assertion the page's own token goes on, else the sign-in's; the ops API compares names. */
  async function credentialsOf(req: IncomingMessage, facts: ProxyFacts): Promise<Record<string, string>> {
    const assertion = req.headers[ASSERTION_HEADER];
    if ((await facts.access?.())?.ok === true && typeof assertion === 'string')
      return { [ASSERTION_HEADER]: assertion, ...(req.headers.authorization === undefined ? (await facts.stepUp())?.credential : bearer(req.headers.authorization)) };
    return { ...(await facts.stepUp())?.credential };
  }

  const ownHeaders = (ip: string, { needsOpsToken, body }: Relayed): Record<string, string> => ({
    accept: 'application/json',
    'user-agent': 'argus-console-proxy',
    'x-forwarded-for': ip,
    [RELAYED_HEADER]: '1',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(needsOpsToken && { 'x-argus-ops-token': deps.opsToken }),
  });

  function refusal(denial: Denial, requestId: string): Answer {
    const problem = toProblem(denial, requestId);
    return { status: problem.status, body: problem, retryAfterS: problem.retry_after_s };
  }

  /** Whatever the other side put into its answer: what only we and it may know does not go back. */
  const mayLeave = (text: string): boolean => !text.includes(deps.opsToken) && text.search(secretShaped()) < 0;

  function send(req: IncomingMessage, res: ServerResponse, { answer, requestId }: { answer: Answer; requestId: string }): void {
    const text = JSON.stringify(answer.body);
    if (!mayLeave(text)) {
      deps.log('error', 'answer_withheld', { request_id: requestId });
      return send(req, res, { answer: refusal(deny('internal'), requestId), requestId });
    }
    res.writeHead(answer.status, {
      'content-type': answer.status < 400 ? 'application/json; charset=utf-8' : 'application/problem+json',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': requestId,
      ...(answer.retryAfterS !== undefined && { 'retry-after': String(answer.retryAfterS) }),
      // What is left of a body we did not read must not be taken for a request.
      ...(!req.complete && { connection: 'close' }),
    });
    res.end(text);
  }

  return (req, res) => {
    const requestId = newRequestId(deps.random);
    relay(req, requestId)
      .catch((problem: unknown) => {
        deps.log('error', 'unexpected', { problem: problem instanceof Error ? (problem.stack ?? problem.message) : 'not an error', request_id: requestId });
        return refusal(deny('internal'), requestId);
      })
      .then((answer) => send(req, res, { answer, requestId }))
      .catch(() => res.destroy());
  };
}

/** Only what looks like one of our tokens goes on; it is looked up over there. */
function bearer(authorization: string | undefined): Record<string, string> {
  const pat = parseId('pat', authorization?.startsWith('Bearer ') ? authorization.slice(7) : undefined);
  return pat ? { authorization: `Bearer ${pat}` } : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

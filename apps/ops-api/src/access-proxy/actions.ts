/**
 * What a browser may have done for it, by name: these and nothing else. Each has its one place in the ops API, the fields
 * it takes, and what of the answer goes back. No path and no unknown field of the browser's goes on. `explain` opens
 * nothing: it says of `activate` what would come of it. Revoking is not among them: docs/adr/0058.
 */
import { err, ok, type Result } from '@argus/kit/result.ts';
import { problemsOf } from '@argus/protocol/commands/define.ts';
import { denyWith, type Denial } from '@argus/protocol/errors.ts';
import { Explained, ExplainActivation } from '@argus/protocol/http/explain.ts';
import { Activate, Activated, Deactivate, SessionView } from '@argus/protocol/http/shapes.ts';
import { id } from '@argus/protocol/ids.ts';
import { z } from 'zod';
import { ROUTES, type Route } from '../http/routes.ts';

/** A request to the ops API, put together by us from what was parsed. */
export type Relayed = { readonly method: Route['method']; readonly path: string; readonly body?: unknown; readonly needsOpsToken: boolean };
export type Action = {
  readonly read: (body: unknown) => Result<Relayed, Denial>;
  /** Of the answer, these fields and no other. */
  readonly forBrowser: z.ZodObject;
};

const action = <S extends z.ZodObject>(takes: S, becomes: (fields: z.output<S>) => Relayed, forBrowser: z.ZodObject): Action => ({
  read(body) {
    const fields = takes.safeParse(body);
    return fields.success ? ok(becomes(fields.data)) : err(denyWith('bad_request', { problems: problemsOf(fields.error) }));
  },
  forBrowser,
});

/** An id was parsed and has no letter that means something in a path. */
const at = ({ path }: Route, name: string, value: string): string => `/v1${path.replace(`:${name}`, value)}`;

export const ACTIONS = {
  activate: action(
    z.strictObject({ agent_id: id('agent'), ...Activate.shape }),
    ({ agent_id, ...body }) => ({ method: 'POST', path: at(ROUTES.activate, 'agent', agent_id), body, needsOpsToken: true }),
    Activated.omit({ session_token: true }),
  ),
  explain: action(ExplainActivation, (body) => ({ method: 'POST', path: `/v1${ROUTES.explain.path}`, body, needsOpsToken: true }), Explained),
  deactivate: action(
    z.strictObject({ session_id: id('session'), ...Deactivate.shape }),
    ({ session_id, ...body }) => ({ method: 'POST', path: at(ROUTES.deactivate, 'session', session_id), body, needsOpsToken: false }),
    SessionView,
  ),
  status: action(
    z.strictObject({ session_id: id('session') }),
    ({ session_id }) => ({ method: 'GET', path: at(ROUTES.showSession, 'session', session_id), needsOpsToken: false }),
    SessionView,
  ),
} as const satisfies Record<string, Action>;

/** Where a page of the console asks for one. */
export const ACTION_PATH = '/console/support/';

/** The whole address counts: neither a query nor another spelling names an action. */
export function actionAt(url: string): { readonly name: string; readonly action: Action } | null {
  const name = url.startsWith(ACTION_PATH) ? url.slice(ACTION_PATH.length) : '';
  return Object.hasOwn(ACTIONS, name) ? { name, action: ACTIONS[name as keyof typeof ACTIONS] } : null;
}

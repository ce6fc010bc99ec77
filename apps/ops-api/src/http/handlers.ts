import { err, ok, type Result } from '@argus/kit/result.ts';
import { denyWith, type Denial } from '@argus/protocol/errors.ts';
import { parseId, type AgentId, type SessionId, type TenantId } from '@argus/protocol/ids.ts';
import type { ActivationEntered, makeActivate } from '../support/activate.ts';
import type { CommandEntered, makeCommand } from '../support/command.ts';
import type { Caller } from '../support/caller.ts';
import type { makeEnroll } from '../agents/enroll.ts';
import type { makeShowAgents } from '../agents/show.ts';
import type { makeAlerts } from '../alerts/show.ts';
import type { makeReconcile } from '../audit/on-demand.ts';
import type { makeShowLog } from '../ledger/show.ts';
import type { makeSessions } from '../sessions/show.ts';
import type { makeArm } from '../tenants/arm.ts';
import type { makeConsent } from '../tenants/consent.ts';
import type { Actor, makeTenants } from '../tenants/create.ts';
import type { Principal } from '../people/principal.ts';
import type { BodyOf, LadderRoute, PlainRoute } from './routes.ts';

export type UseCases = {
  readonly tenants: ReturnType<typeof makeTenants>;
  readonly consent: ReturnType<typeof makeConsent>;
  readonly arm: ReturnType<typeof makeArm>;
  readonly enroll: ReturnType<typeof makeEnroll>;
  readonly agents: ReturnType<typeof makeShowAgents>;
  readonly sessions: ReturnType<typeof makeSessions>;
  readonly log: ReturnType<typeof makeShowLog>;
  readonly alerts: ReturnType<typeof makeAlerts>;
  readonly audit: ReturnType<typeof makeReconcile>;
  readonly activate: ReturnType<typeof makeActivate>;
  readonly command: ReturnType<typeof makeCommand>;
  readonly readiness: () => Promise<readonly { readonly part: string; readonly ok: boolean }[]>;
};

/** A request that has passed its door, in the words of the use cases. */
export type Visit<Body = unknown> = {
  readonly caller: Caller;
  readonly actor: Actor; // for open doors: nobody
  readonly params: { readonly tenant?: TenantId; readonly agent?: AgentId; readonly session?: SessionId };
  readonly named: Readonly<Record<string, string>>; // the same, as they stood in the address
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly sessionToken: string | undefined;
  readonly body: Body;
};
type Answer = Promise<Result<unknown, Denial>>;
export type PlainHandlers = { readonly [N in PlainRoute]: (visit: Visit<BodyOf<N>>) => Answer };

/** A ladder begins before the body is read and goes on after it. */
export type LadderHandler<Entered, Body> = {
  before(visit: Visit): Promise<Result<Entered, Denial>>;
  after(visit: Visit, entered: Entered, body: Result<Body, Denial>): Answer;
};
type EnteredOf = { activate: ActivationEntered; command: CommandEntered };
export type LadderHandlers = { readonly [N in LadderRoute]: LadderHandler<EnteredOf[N], BodyOf<N>> };

export function plainHandlers(use: UseCases): PlainHandlers {
  return {
    health: async () => ok({ status: 'ok' }),
    ready: async () => ok({ parts: await use.readiness() }),
    me: async ({ actor }) => ok(whoAmI(actor.principal)),

    createTenant: ({ actor, body }) => use.tenants.create(actor, body),
    listTenants: ({ actor }) => use.tenants.list(actor),
    showTenant: ({ actor, params }) => use.tenants.show(actor, must(params.tenant)),
    recordConsent: ({ actor, params, body }) => use.consent.record(actor, must(params.tenant), body),
    withdrawConsent: ({ actor, params, body }) => use.consent.withdraw(actor, must(params.tenant), body),
    arm: ({ actor, params, body }) => use.arm.arm(actor, must(params.tenant), body),
    disarm: ({ actor, params, body }) => use.arm.disarm(actor, must(params.tenant), body),

    createEnrollmentCode: ({ actor, params, body }) => use.enroll.issueCode(actor, must(params.tenant), body),
    enrollAgent: ({ caller, body }) => use.enroll.enroll(caller.ip, body),
    listAgents: ({ actor, query }) => withTenantFilter(query['tenant'], (tenant) => use.agents.list(actor, tenant)),
    showAgent: ({ actor, params }) => use.agents.show(actor, must(params.agent)),
    capabilities: ({ actor, params }) => use.agents.capabilities(actor, must(params.agent)),

    listSessions: ({ actor, query }) => withTenantFilter(query['tenant'], (tenant) => use.sessions.list(actor, tenant)),
    showSession: ({ actor, params }) => use.sessions.show(actor, must(params.session)),
    deactivate: ({ actor, params, body }) => use.sessions.deactivate(actor, must(params.session), body),

    reconcile: ({ actor, body }) => use.audit.reconcile(actor, body),
    listReconciliations: ({ actor }) => use.audit.list(actor),
    listAlerts: ({ actor, query }) => use.alerts.list(actor, query['state']),
    acknowledgeAlert: ({ actor, named, body }) => use.alerts.acknowledge(actor, named['alert'] ?? '', body),

    logCheckpoint: ({ params }) => use.log.checkpoint(must(params.tenant)),
    logEntries: ({ params, query }) =>
      withNumbers(query, ['from', 'to'], ({ from, to }) => use.log.entries(must(params.tenant), { from: from ?? 0, to })),
    logProof: ({ params, query }) => withNumbers(query, ['index', 'size', 'from'], (numbers) => use.log.proof(must(params.tenant), numbers)),
  };
}

export function ladderHandlers(use: UseCases): LadderHandlers {
  const commandNames = ({ named, sessionToken }: Visit) => ({ tenantNamed: named['tenant'] ?? '', sessionToken });
  return {
    activate: {
      before: ({ caller, named }) => use.activate.enter(caller, named['agent'] ?? ''),
      after: ({ caller, named }, entered, request) => use.activate.activate(caller, { agentNamed: named['agent'] ?? '', entered, request }),
    },
    command: {
      before: (visit) => use.command.enter(visit.caller, commandNames(visit)),
      after: ({ caller }, entered, request) => use.command.command(caller, { entered, request }),
    },
  };
}

const whoAmI = ({ operator, scopes, tenants, tokenId }: Principal) => ({ operator, token_id: tokenId, scopes, tenants: tenants ?? 'all' });

/** The door has parsed every id in the address, so one that is missing here is a bug in the route table. */
function must<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a route asks for an id its path does not have');
  return value;
}

async function withTenantFilter(raw: string | undefined, list: (tenant: TenantId | null) => Answer): Answer {
  const tenant = parseId('tenant', raw);
  if (raw !== undefined && !tenant) return err(denyWith('bad_request', { problems: ['tenant: not a tenant id'] }));
  return list(tenant);
}

async function withNumbers<K extends string>(
  query: Visit['query'],
  names: readonly K[],
  use: (numbers: { readonly [N in K]?: number }) => Answer,
): Answer {
  const numbers: { [N in K]?: number } = {};
  for (const name of names) {
    const raw = query[name];
    if (raw === undefined) continue;
    if (!/^(0|[1-9]\d{0,15})$/.test(raw) || !Number.isSafeInteger(Number(raw)))
      return err(denyWith('bad_request', { problems: [`${name}: not a whole number`] }));
    numbers[name] = Number(raw);
  }
  return use(numbers);
}

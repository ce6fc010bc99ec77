import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { Readiness } from '@argus/protocol/http/server.ts';
import type { AgentId, LoginId, PasskeyId, SessionId, TenantId, TokenId, UserId } from '@argus/protocol/ids.ts';
import type { ActivationEntered, makeActivate } from '../support/activate.ts';
import type { CommandEntered, makeCommand } from '../support/command.ts';
import type { ExplainCommandEntered, makeExplainCommand } from '../support/explain-command.ts';
import type { ExplainEntered, makeExplain } from '../support/explain.ts';
import type { makePropose } from '../support/propose.ts';
import type { makeRevoke, RevokeEntered } from '../support/revoke.ts';
import type { Caller } from '../support/caller.ts';
import type { makeEnroll } from '../agents/enroll.ts';
import type { makeShowAgents } from '../agents/show.ts';
import type { Arrived, makeMcp } from '../mcp/mcp.ts';
import type { makeAlerts } from '../alerts/show.ts';
import type { makeReconcile } from '../audit/on-demand.ts';
import type { makeReadAudit } from '../audit/read.ts';
import type { makeAccount } from '../people/account.ts';
import type { makeHandoffs } from '../people/handoffs.ts';
import type { makeJoin } from '../people/join.ts';
import type { From, Opened, Person } from '../people/logins.ts';
import type { makePats } from '../people/pats.ts';
import type { makeSignIn } from '../people/sign-in.ts';
import type { makeUsers } from '../people/users.ts';
import type { makeBundle } from '../evidence/bundle.ts';
import type { makeExport } from '../evidence/export.ts';
import type { makeReplay } from '../evidence/replay.ts';
import type { makeStatus } from '../health/status.ts';
import type { Lines } from '../live/lines.ts';
import type { makeShowLog } from '../ledger/show.ts';
import type { makeSessions } from '../sessions/show.ts';
import type { makeArm } from '../tenants/arm.ts';
import type { makeConsent } from '../tenants/consent.ts';
import type { makeShowTenant } from '../tenants/show.ts';
import type { Actor, makeTenants } from '../tenants/create.ts';
import type { Reader } from '../evidence/streams.ts';
import type { Principal } from '../people/principal.ts';
import { WithCookie } from './cookie.ts';
import { ATTEMPT_MS, type OidcSignIn } from '../oidc/sign-in.ts';
import type { OwnPasskeys } from '../passkeys/own.ts';
import type { PasskeySignIn } from '../passkeys/sign-in.ts';
import { Redirect } from './redirect.ts';
import type { Page } from './page.ts';
import type { BodyOf, LadderRoute, PlainRoute, QueryOf } from './routes.ts';

export type UseCases = {
  readonly tenants: ReturnType<typeof makeTenants>;
  readonly showTenant: ReturnType<typeof makeShowTenant>;
  readonly consent: ReturnType<typeof makeConsent>;
  readonly arm: ReturnType<typeof makeArm>;
  readonly enroll: ReturnType<typeof makeEnroll>;
  readonly agents: ReturnType<typeof makeShowAgents>;
  readonly sessions: ReturnType<typeof makeSessions>;
  readonly log: ReturnType<typeof makeShowLog>;
  readonly evidence: ReturnType<typeof makeBundle> & ReturnType<typeof makeExport> & ReturnType<typeof makeReplay>;
  readonly pats: ReturnType<typeof makePats>;
  readonly signIn: ReturnType<typeof makeSignIn>;
  readonly redeem: ReturnType<typeof makeJoin>;
  readonly account: ReturnType<typeof makeAccount>;
  readonly handoffs: ReturnType<typeof makeHandoffs>;
  readonly users: ReturnType<typeof makeUsers>;
  readonly passkeys: OwnPasskeys;
  readonly passkeySignIn: PasskeySignIn;
  /** Null: nobody signs in by way of a provider here. */
  readonly oidc: OidcSignIn | null;
  readonly records: ReturnType<typeof makeReadAudit>;
  readonly alerts: ReturnType<typeof makeAlerts>;
  readonly audit: ReturnType<typeof makeReconcile>;
  readonly activate: ReturnType<typeof makeActivate>;
  readonly command: ReturnType<typeof makeCommand>;
  readonly revoke: ReturnType<typeof makeRevoke>;
  readonly mcp: ReturnType<typeof makeMcp>;
  readonly propose: ReturnType<typeof makePropose>;
  readonly explain: ReturnType<typeof makeExplain>;
  readonly explainCommand: ReturnType<typeof makeExplainCommand>;
  readonly live: Pick<Lines, 'line'>;
  readonly readiness: () => Promise<Readiness>;
  readonly status: ReturnType<typeof makeStatus>;
  readonly metrics: () => string;
  readonly openapi: () => Page;
};

/** A request that has passed its door, in the words of the use cases. */
export type Visit<Body = unknown, Query = unknown> = {
  readonly caller: Caller;
  readonly actor: Actor; // for open doors: nobody
  readonly params: { readonly tenant?: TenantId; readonly agent?: AgentId; readonly session?: SessionId; readonly token?: TokenId; readonly user?: UserId; readonly login?: LoginId; readonly passkey?: PasskeyId };
  readonly named: Readonly<Record<string, string>>; // the same, as they stood in the address
  readonly query: Query; // parsed with the route's schema, as the body is
  readonly sessionToken: string | undefined;
  readonly lastEventId: string | undefined; // where a line that broke had been
  readonly arrived: Arrived;
  readonly body: Body;
};
type Answer = Promise<Result<unknown, Denial>>;
export type PlainHandlers = { readonly [N in PlainRoute]: (visit: Visit<BodyOf<N>, QueryOf<N>>) => Answer };

/** A ladder begins before the body is read and goes on after it. */
export type LadderHandler<Entered, Body> = {
  before(visit: Visit): Promise<Result<Entered, Denial>>;
  after(visit: Visit, entered: Entered, body: Result<Body, Denial>): Answer;
};
type EnteredOf = { activate: ActivationEntered; command: CommandEntered; revokeAgent: RevokeEntered; explain: ExplainEntered; explainCommand: ExplainCommandEntered };
export type LadderHandlers = { readonly [N in LadderRoute]: LadderHandler<EnteredOf[N], BodyOf<N>> };

export function plainHandlers(use: UseCases): PlainHandlers {
  return {
    health: async () => ok({ status: 'ok' }),
    ready: async () => ok(await use.readiness()),
    metrics: async () => ok(use.metrics()),
    openapi: async () => ok(use.openapi()),
    serverStatus: ({ actor }) => use.status(actor),
    me: async ({ actor }) => ok(whoAmI(actor.principal)),

    live: async ({ actor, caller, lastEventId, query }) => use.live.line(actor.principal, { lastSeen: lastEventId ?? null, isOnce: query.once === 'true', isStill: async () => (await caller.principal()) !== null }),

    createTenant: ({ actor, body }) => use.tenants.create(actor, body),
    listTenants: ({ actor }) => use.tenants.list(actor),
    showTenant: ({ params }) => use.showTenant(must(params.tenant)),
    recordConsent: ({ actor, params, body }) => use.consent.record(actor, must(params.tenant), body),
    withdrawConsent: ({ actor, params, body }) => use.consent.withdraw(actor, must(params.tenant), body),
    arm: ({ actor, params, body }) => use.arm.arm(actor, must(params.tenant), body),
    disarm: ({ actor, params, body }) => use.arm.disarm(actor, must(params.tenant), body),

    createEnrollmentCode: ({ actor, params, body }) => use.enroll.issueCode(actor, must(params.tenant), body),
    enrollAgent: ({ caller, body }) => use.enroll.enroll(caller.ip, body),
    listAgents: ({ actor, query }) => use.agents.list(actor, query),
    agentCounts: ({ actor }) => use.agents.counts(actor),
    agentLines: ({ actor, params }) => use.agents.lines(actor, must(params.agent)),
    showAgent: ({ actor, params }) => use.agents.show(actor, must(params.agent)),
    capabilities: ({ actor, params }) => use.agents.capabilities(actor, must(params.agent)),

    proposeSession: ({ actor, body }) => use.propose(actor, body),
    listSessions: ({ actor, query }) => use.sessions.list(actor, query.tenant ?? null),
    showSession: ({ actor, params }) => use.sessions.show(actor, must(params.session)),
    deactivate: ({ actor, params, body }) => use.sessions.deactivate(actor, must(params.session), body),

    reconcile: ({ actor, body }) => use.audit.reconcile(actor, body),
    listReconciliations: ({ actor }) => use.audit.list(actor),
    listAlerts: ({ actor, query }) => use.alerts.list(actor, query.state),
    acknowledgeAlert: ({ actor, named, body }) => use.alerts.acknowledge(actor, named['alert'] ?? '', body),

    logCheckpoint: ({ params, query }) => use.log.checkpoint(must(params.tenant), query.cosignatures === 'true'),
    logEntries: ({ params, query }) => use.log.entries(must(params.tenant), { from: query.from ?? 0, to: query.to }),
    logProof: ({ params, query }) => use.log.proof(must(params.tenant), query),
    logReceipts: ({ params, query }) => use.log.receipts(must(params.tenant), query.from ?? 0),
    logCosignatures: ({ params, query }) => use.log.cosignatures(must(params.tenant), query),
    logBundle: (visit) => use.evidence.bundle(readerOf(visit), must(visit.params.tenant), visit.query),
    logExport: (visit) => use.evidence.lines(readerOf(visit), must(visit.params.tenant), visit.query),
    replaySession: ({ actor, params, query }) => use.evidence.replay(actor, must(params.session), query),

    mcp: ({ actor, arrived, body }) => use.mcp.take(actor, arrived, body),
    endMcp: async ({ actor, arrived }) => use.mcp.end(actor, arrived),

    createPat: ({ actor, body }) => use.pats.create(actor, body),
    listPats: ({ actor }) => use.pats.list(actor),
    revokePat: ({ actor, params }) => use.pats.revoke(actor, must(params.token)),

    signIn: async ({ caller, body }) => withCookie(await use.signIn(fromOf(caller), body)),
    redeemLink: ({ caller, body }) => use.redeem(fromOf(caller), body),
    showLogin: (visit) => use.account.show(personOf(visit)),
    stayHere: (visit) => use.account.show(personOf(visit)),
    signOut: async (visit) => {
      const done = await use.account.signOut(personOf(visit));
      return done.ok ? ok(new WithCookie(done.value, null)) : done;
    },
    listLogins: (visit) => use.account.list(personOf(visit)),
    endLogin: (visit) => use.account.endOne(personOf(visit), must(visit.params.login)),
    stepUp: (visit) => use.account.confirm(personOf(visit), visit.body),
    changePassword: async (visit) => withCookie(await use.account.changePassword(personOf(visit), visit.body)),
    beginTotp: (visit) => use.account.beginTotp(personOf(visit), visit.body),
    setTotp: (visit) => use.account.setTotp(personOf(visit), visit.body),
    dropTotp: (visit) => use.account.dropTotp(personOf(visit)),
    newRecoveryCodes: (visit) => use.account.renewRecoveryCodes(personOf(visit)),

    signInWays: () => use.passkeySignIn.ways(),
    beginPasskeySignIn: () => use.passkeySignIn.begin(),
    passkeySignIn: async ({ caller, body }) => withCookie(await use.passkeySignIn.signIn(fromOf(caller), body)),
    listPasskeys: (visit) => use.passkeys.list(personOf(visit)),
    beginPasskey: (visit) => use.passkeys.begin(personOf(visit), visit.body),
    addPasskey: (visit) => use.passkeys.add(personOf(visit), visit.body),
    renamePasskey: (visit) => use.passkeys.rename(personOf(visit), must(visit.params.passkey), visit.body),
    removePasskey: (visit) => use.passkeys.remove(personOf(visit), must(visit.params.passkey)),
    beginPasskeyConfirm: (visit) => use.passkeys.beginConfirm(personOf(visit)),
    passkeyConfirm: (visit) => use.passkeys.confirm(personOf(visit), visit.body),
    async beginOidc({ query }) {
      const begun = use.oidc ? await use.oidc.begin(query.return_to) : err(deny('sign_in_off'));
      return begun.ok ? ok(new Redirect(begun.value.url, { value: begun.value.attempt, maxAgeS: ATTEMPT_MS / 1_000 })) : begun;
    },
    async oidcCallback({ caller, query }) {
      const came = use.oidc ? await use.oidc.comeBack(fromOf(caller), { query, cookie: caller.attempt }) : err(deny('sign_in_off'));
      return came.ok ? ok(new Redirect(`/#${came.value.returnTo}`, null, came.value.secret)) : came;
    },

    approveHandoff: (visit) => use.handoffs.approve(personOf(visit), visit.body),
    claimHandoff: ({ caller, body }) => use.handoffs.claim(caller.ip, body),

    listUsers: (visit) => use.users.list(personOf(visit)),
    inviteUser: (visit) => use.users.invite(personOf(visit), visit.body),
    changeUser: (visit) => use.users.change(personOf(visit), must(visit.params.user), visit.body),
    removeUser: (visit) => use.users.remove(personOf(visit), must(visit.params.user), visit.body),
    resetUser: (visit) => use.users.reset(personOf(visit), must(visit.params.user), visit.body),
    unlockUser: (visit) => use.users.unlock(personOf(visit), must(visit.params.user), visit.body),
    loginsOfUser: (visit) => use.users.loginsOf(personOf(visit), must(visit.params.user)),
    endLoginsOfUser: (visit) => use.users.endLogins(personOf(visit), must(visit.params.user), visit.body),

    auditLog: ({ actor, query }) => use.records.calls(actor, query),
    supportAudit: ({ actor, query }) => use.records.supportAudit(actor, query),
    events: ({ actor, query }) => use.records.events(actor, query),
  };
}

export function ladderHandlers(use: UseCases): LadderHandlers {
  const commandNames = ({ named, sessionToken }: Visit) => ({ tenantNamed: named['tenant'] ?? '', sessionToken });
  return {
    activate: {
      before: ({ caller, named }) => use.activate.enter(caller, named['agent'] ?? ''),
      after: ({ caller, named }, entered, request) => use.activate.activate(caller, { agentNamed: named['agent'] ?? '', entered, request }),
    },
    revokeAgent: {
      before: ({ caller, named }) => use.revoke.enter(caller, named['agent'] ?? ''),
      after: ({ caller, named }, entered, request) => use.revoke.revoke(caller, { agentNamed: named['agent'] ?? '', entered, request }),
    },
    explain: {
      before: ({ caller }) => use.explain.enter(caller),
      after: ({ caller }, entered, request) => use.explain.explain(caller, { entered, request }),
    },
    explainCommand: {
      before: (visit) => use.explainCommand.enter(visit.caller, commandNames(visit)),
      after: ({ caller }, entered, request) => use.explainCommand.explain(caller, { entered, request }),
    },
    command: {
      before: (visit) => use.command.enter(visit.caller, commandNames(visit)),
      after: ({ caller }, entered, request) => use.command.command(caller, { entered, request }),
    },
  };
}

const fromOf = ({ ip, from }: Caller): From => from ?? { ip, userAgent: undefined, secret: null };
/** The door let a person in, so a cookie came and is somebody's. */
function personOf({ actor, caller }: Pick<Visit, 'actor' | 'caller'>): Person {
  const from = fromOf(caller);
  if (!actor.principal.login || !from.secret) throw new TypeError('a route for people has another door');
  return { ...from, secret: from.secret, principal: actor.principal };
}
const withCookie = (opened: Result<Opened, Denial>): Result<WithCookie, Denial> => (opened.ok ? ok(new WithCookie(opened.value.shown, opened.value.secret)) : opened);

/** Of a long answer: the credential is looked at again while it runs. */
const readerOf = ({ actor, caller }: Pick<Visit, 'actor' | 'caller'>): Reader => ({
  token: actor.principal.tokenId,
  isStill: async () => (await caller.principal()) !== null,
});

const whoAmI = ({ operator, scopes, tenants, tokenId }: Principal) => ({ operator, token_id: tokenId, scopes, tenants: tenants ?? 'all' });

/** The door has parsed every id in the address, so one that is missing here is a bug in the route table. */
function must<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a route asks for an id its path does not have');
  return value;
}

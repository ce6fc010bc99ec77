import type { Clock } from '@argus/kit/clock.ts';
import type { SigningKey } from '@argus/keys/ed25519.ts';
import type { Random } from '@argus/keys/random.ts';
import { makeSecretHash } from '@argus/keys/secrets.ts';
import { newRequestId, type InstanceId, type NodeId } from '@argus/protocol/ids.ts';
import type { IncomingHttpHeaders } from 'node:http';
import fastify, { type FastifyServerOptions } from 'fastify';
import type { Access } from './access/access.ts';
import { makeCompareRoot } from './agents/compare-root.ts';
import { createDoor } from './agents/door.ts';
import { observed } from './alerts/trip.ts';
import { createVigil, type VigilDeps } from './alerts/vigil.ts';
import { createCallLane } from './audit/call-lane.ts';
import { createKeepCalls } from './audit/keep-calls.ts';
import { makeReadAudit } from './audit/read.ts';
import { isFresh, nextWindow } from './audit/windows.ts';
import { createLastUsed } from './people/last-used.ts';
import { makeAccount } from './people/account.ts';
import { makeHandoffs } from './people/handoffs.ts';
import { makeJoin } from './people/join.ts';
import { createLogins, type AuthMode } from './people/logins.ts';
import { createPasswords, type Cost } from './people/passwords.ts';
import { createSecondFactor } from './people/second-factor.ts';
import { createSignInLimits } from './people/sign-in-limits.ts';
import { makeSignIn } from './people/sign-in.ts';
import { LOGIN_TIMES, type LoginTimes } from './people/user.ts';
import { makeUsers } from './people/users.ts';
import { ownSecrets } from './people/own-secrets.ts';
import { makePats } from './people/pats.ts';
import { makeEnroll } from './agents/enroll.ts';
import type { Link, LinkEvents } from './agents/link.ts';
import { createComings } from './agents/comings.ts';
import { makeShowAgents } from './agents/show.ts';
import { createFollowers } from './agents/followers.ts';
import { createSwitchboard } from './agents/switchboard.ts';
import { createFloods } from './audit/floods.ts';
import { makeTurnAway } from './agents/turn-away.ts';
import type { Networks } from './http/address.ts';
import { makeCallerOf } from './http/caller-of.ts';
import { armLadder, disarmLadder } from './gates/arm.ts';
import { activationLadder } from './gates/activation.ts';
import { commandLadder } from './gates/command.ts';
import { revokeLadder } from './gates/revoke.ts';
import { createMetrics, type Levels, type Vitals } from './health/metrics.ts';
import { observedLedger, observedLog, observedSupport } from './health/observe.ts';
import { createReadiness, type Part } from './health/readiness.ts';
import { makeStatus } from './health/status.ts';
import { createRegistry, OTHER } from './health/registry.ts';
import { mayScrape } from './health/scrape.ts';
import type { ReadDocFiles } from './docs/files.ts';
import { docSite, type DocSite } from './docs/site.ts';
import type { LadderName } from './http/codes.ts';
import { ladderHandlers, plainHandlers, type UseCases } from './http/handlers.ts';
import { opsApiHere } from './access-proxy/in-process.ts';
import { mountOneClick } from './http/one-click.ts';
import { GONE, type Relay } from './mcp/relay.ts';
import { CONSOLE_PATHS, type ReadConsoleFiles } from './http/console.ts';
import { DOCS_PATHS } from './http/docs.ts';
import { isAgentUpgrade } from './http/agent-upgrade.ts';
import { mount, refuseUnrouted } from './http/mount.ts';
import { templateOf } from './audit/api-call.ts';
import { makeOpenApi } from './http/openapi.ts';
import { bringsCookie, type CookieKind } from './http/cookie.ts';
import { refuseRaw } from './http/refuse-raw.ts';
import { ROUTES } from './http/routes.ts';
import { createCheckpoints, opensItsOwn } from './ledger/checkpoints.ts';
import type { LogKeyRing } from './ledger/key-ring.ts';
import { createLedger } from './ledger/ledger.ts';
import { recoverOpenIntents } from './ledger/recover.ts';
import { makeBundle } from './evidence/bundle.ts';
import { makeExport } from './evidence/export.ts';
import { makeReplay } from './evidence/replay.ts';
import { rotationsOf } from './evidence/rotations.ts';
import { createStreams } from './evidence/streams.ts';
import { makeShowLog } from './ledger/show.ts';
import { makeMcp } from './mcp/mcp.ts';
import { createLines } from './live/lines.ts';
import { createPulse } from './live/pulse.ts';
import { topicsOf } from './live/topics.ts';
import { createNodeLease } from './nodes/lease.ts';
import { createWatch } from './nodes/watch.ts';
import { createChallenges } from './passkeys/challenges.ts';
import { makeAssertedFor } from './passkeys/for-request.ts';
import { makeOwnPasskeys } from './passkeys/own.ts';
import { makePasskeySignIn } from './passkeys/sign-in.ts';
import { namedOrigin, siteOf } from './passkeys/site.ts';
import { createOidc, type OidcDeps } from './oidc/oidc.ts';
import { createOpsTokenGuard } from './people/ops-token-guard.ts';
import type { Log, Stores } from './ports.ts';
import { createCustody } from './sessions/custody.ts';
import { createLeftovers } from './sessions/leftovers.ts';
import { makeSessions } from './sessions/show.ts';
import { makeActivate } from './support/activate.ts';
import { makeCommand } from './support/command.ts';
import { writeRefusal } from './support/refusal.ts';
import { createLateOutcomes } from './support/late.ts';
import { makeExplainCommand } from './support/explain-command.ts';
import { makeExplain } from './support/explain.ts';
import { makePropose } from './support/propose.ts';
import { makeRevoke } from './support/revoke.ts';
import { makeArm } from './tenants/arm.ts';
import { makeConsent } from './tenants/consent.ts';
import { makeShowTenant } from './tenants/show.ts';
import { makeTenants } from './tenants/create.ts';
import { createSelfDisarm } from './tenants/self-disarm.ts';

export type OpsApiDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly stores: Stores;
  readonly instance: InstanceId;
  readonly logKey: SigningKey;
  /** Where the log key was changed before. Absent: it never was. */
  readonly logKeys?: LogKeyRing;
  readonly node: { readonly id: NodeId; readonly epoch: number };
  readonly masterKey: Uint8Array;
  readonly enabled: boolean;
  readonly opsTokens: readonly string[];
  readonly operatorNetworks: Networks;
  readonly trustedProxies: Networks;
  /** Absent: an operator network is the only way past the first gate. */
  readonly access?: Access;
  /** Pages of the console may have sessions opened: this server adds its ops token for them. */
  readonly oneClick?: boolean;
  readonly heartbeatS: number;
  readonly armedDays?: number; // unset: 30
  readonly keptBytesMax?: number; // of results, for one tenant; unset: a gibibyte
  readonly isDatabaseUp: () => Promise<boolean>;
  readonly metricsToken: string | undefined;
  readonly vitals: () => Vitals;
  /** How people sign in. Absent: with a password, at our own cost, over plain http. */
  readonly people?: PeopleSettings;
  readonly build: { readonly version: string; readonly node: string };
  /** Pages and what they need, for /docs. Read when somebody asks for the first of them; unset: there are none. */
  readonly docs?: ReadDocFiles;
  /** The console's page and files; unset or empty: there is none. */
  readonly console?: ReadConsoleFiles;
  readonly log: Log;
  /** What is kept of the log outside the database, compared with it. */
  readonly keptFindings?: VigilDeps['keptFindings'];
  /** Null or absent: alerts are shown and not mailed. */
  readonly mail?: VigilDeps['mail'];
  /** The address people reach this server at: the one page that may speak MCP to it from a browser. Absent: none may. */
  readonly publicUrl?: string | undefined;
  readonly tls?: { readonly cert: string; readonly key: string };
};

export type PeopleSettings = {
  readonly mode?: AuthMode;
  readonly secondFactorIsOn?: boolean;
  readonly firstOwnerTotp?: Uint8Array | undefined;
  readonly times?: LoginTimes;
  readonly passwordCost?: Cost;
  readonly cookie?: CookieKind;
  /** Where people reach this server; unset: the address it listens on. */
  readonly publicUrl?: string | undefined;
  /** The identity provider of AUTH_MODE=oidc. */
  readonly oidc?: Pick<OidcDeps, 'settings' | 'places' | 'http'> | undefined;
};

const BODY_BYTES_MAX = 65_536;

const gatesOf = (ladder: readonly { readonly name: string }[]) => ladder.map(({ name }) => name);
const GATES: Readonly<Record<LadderName | 'arm' | 'disarm', readonly string[]>> = { activation: gatesOf(activationLadder), command: gatesOf(commandLadder), arm: gatesOf(armLadder), disarm: gatesOf(disarmLadder), revoke: gatesOf(revokeLadder) };

/** Everything the API is, minus the port it listens on. Tests call `http.inject` and `door.accept` directly. */
export function createOpsApi(deps: OpsApiDeps) {
  const { clock, stores, log } = deps;
  const secretHash = makeSecretHash(deps.masterKey);
  const checkpoints = createCheckpoints(deps.instance, deps.logKeys ?? deps.logKey);
  const levels: Levels = { agentsOnline: () => lines.count(), followers: () => followers, sessionsLive: () => custody.count(), vitals: deps.vitals, build: deps.build };
  const metrics = createMetrics(createRegistry(), { routes: [...Object.values(ROUTES).map(({ path }) => templateOf(path)), ...DOCS_PATHS, ...CONSOLE_PATHS], gates: GATES }, levels);
  const counting = { clock, metrics };
  const store = observedLog(stores.leaves, counting, GATES);
  const counted = observedLedger(createLedger({ store, checkpoints, instance: deps.instance, clock, newId: deps.newId }), counting);
  const pulse = createPulse(deps.newId());
  const told = observed(counted, (attempt) => pulse.beat({ topics: topicsOf(attempt.type), tenant: attempt.tenant }), log);
  const vigil = createVigil({ ...deps, ledger: told, checkpoints, by: { node: deps.node.id, epoch: deps.node.epoch }, mail: deps.mail ?? null }); // what it writes itself, it does not look at
  const ledger = observed(told, vigil.saw, log);
  const lines = createSwitchboard({ clock, agents: stores.agents, heartbeatS: deps.heartbeatS, log, onAlarm: vigil.alarm });
  const custody = createCustody({ clock, instance: deps.instance, ledger, sessions: stores.sessions, endings: stores.endings, lines, log });
  const turnAway = makeTurnAway({ clock, lines });
  const watch = createWatch({ ...deps, ...stores, lines, custody, turnAway });
  const lease = createNodeLease({ ...deps, nodes: stores.nodes, custody, lines });
  const leftovers = createLeftovers({ ...deps, ...stores, ledger, custody });
  lines.watchWith({
    ...custody.watch,
    lineBack(agent, holding) {
      custody.watch.lineBack(agent, holding);
      watch.arrived(agent);
    },
  });
  const followers = createFollowers({ ...deps, ledger, leaves: stores.leaves, cosignatures: stores.cosignatures, line: lines.line, onFork: (who) => vigil.alarm(who, 'log_forked') });
  lines.followWith(followers);
  const comings = createComings({ ...deps, presence: stores.presence });
  const comesOrGoes = (link: Link) => pulse.beat({ topics: ['agents'], tenant: link.identity.tenant });
  const events: LinkEvents = {
    ...lines.events,
    arrived(link, manifest) {
      lines.events.arrived(link, manifest);
      comings.came(link.identity);
      comesOrGoes(link);
    },
    gone(link) {
      lines.events.gone(link);
      comings.went(link.identity);
      comesOrGoes(link);
    },
  };
  const door = createDoor({ ...deps, ledger, events, agents: stores.agents, nonces: stores.nonces, onRefused: vigil.refusedHandshake, onFollowed: makeCompareRoot({ ...stores, onAlarm: vigil.alarm, log }) });

  const floods = createFloods({ clock, write: (refusal) => writeRefusal({ ledger, log }, refusal) });
  const opsTokens = createOpsTokenGuard({ clock, tokens: deps.opsTokens });
  const selfDisarm = createSelfDisarm({ clock, ledger, arming: stores.arming, custody, log });

  const isAuditFresh = async () => {
    const last = await stores.reconciliations.lastNightly();
    return isFresh(nextWindow({ last, begun: last === null ? await stores.record.begunAt() : null }), clock.now());
  };
  /** What the server needs to do its work. Another part is another row. */
  const parts: readonly Part[] = [
    { name: 'database', says: 'The database takes a write.', check: deps.isDatabaseUp },
    { name: 'log_key', says: 'A checkpoint signed with the log key opens again.', check: async () => opensItsOwn(checkpoints) },
    { name: 'auditor', says: 'Every closed day was audited, but for the last one or two.', check: isAuditFresh },
  ];

  const common = { ...deps, ...stores, secretHash, ledger, lines, comings, custody, floods, turnAway };
  const streams = createStreams({ clock });
  const listeners = createLines({ clock, pulse });
  const people = deps.people ?? {};
  const { mode = 'local', times = LOGIN_TIMES, cookie = 'plain' } = people;
  const passwords = createPasswords({ random: deps.random, clock, ...(people.passwordCost && { cost: people.passwordCost }) });
  const limits = createSignInLimits(common);
  const factor = createSecondFactor(common);
  const [oneClickToken] = deps.oneClick ? deps.opsTokens : [];
  const signedIn = createLogins({ ...common, mode, times, oneClick: oneClickToken !== undefined });
  const human = { ...common, mode, passwords, limits, factor, logins: { ...stores.logins, ...signedIn }, firstOwnerTotp: people.firstOwnerTotp, secondFactorIsOn: people.secondFactorIsOn ?? true };
  const publicOrigin = (): string => {
    if (people.publicUrl !== undefined) return people.publicUrl;
    const [at] = http.addresses();
    return `${deps.tls ? 'https' : 'http'}://${!at || typeof at === 'string' ? 'localhost' : at.family === 'IPv6' ? `[${at.address}]:${at.port}` : `${at.address}:${at.port}`}`;
  };
  const site = () => siteOf({ publicUrl: people.publicUrl, port: Number(new URL(publicOrigin()).port) || (deps.tls ? 443 : 80), isTls: deps.tls !== undefined });
  const withKeys = { ...human, site, challenges: createChallenges(common) };
  const evidence = { ...common, ring: checkpoints.ring, streams };
  const [activate, command] = [makeActivate({ ...common, assertedFor: makeAssertedFor(withKeys) }), makeCommand(common)];
  const use: UseCases = {
    tenants: makeTenants(common),
    showTenant: makeShowTenant(common),
    consent: makeConsent(common),
    arm: makeArm(common),
    enroll: makeEnroll({ ...common, logPublicKey: checkpoints.ring.newest.publicKey }),
    agents: makeShowAgents(common),
    sessions: makeSessions(common),
    log: makeShowLog({ ledger, log: stores.leaves, cosignatures: stores.cosignatures, evidence: stores.evidence, rotations: (tenant, size) => rotationsOf({ ...evidence, tree: tenant, size }), keys: (tenant) => checkpoints.ring.keysOf(tenant).keys.map(({ key }) => key) }),
    evidence: { ...makeBundle(evidence), ...makeExport(evidence), ...makeReplay(evidence) },
    ...vigil.use,
    pats: makePats(common),
    signIn: makeSignIn(human),
    redeem: makeJoin(human),
    account: makeAccount(human),
    handoffs: makeHandoffs(human),
    users: makeUsers({ ...human, publicOrigin: () => namedOrigin(publicOrigin()) }),
    passkeys: makeOwnPasskeys(withKeys),
    passkeySignIn: makePasskeySignIn(withKeys),
    oidc: people.oidc ? createOidc({ ...human, ...people.oidc, redirectUri: () => `${publicOrigin()}/v1/auth/oidc/callback` }) : null,
    records: makeReadAudit(stores),
    revoke: makeRevoke(common),
    propose: makePropose(common),
    mcp: makeMcp({ ...deps, version: deps.build.version, relay: (call) => relay(call) }),
    explain: makeExplain({ ...common, activation: activate }),
    explainCommand: makeExplainCommand({ ...common, commands: command }),
    ...observedSupport({ activate, command }, metrics),
    live: listeners,
    readiness: createReadiness({ parts, clock }),
    status: makeStatus({ clock, levels, waiting: metrics.waiting, followers, jobs: stores.jobs, listening: listeners.count }),
    metrics: metrics.text,
    openapi: makeOpenApi(deps.build.version),
  };

  const calls = createCallLane({ store: stores.calls, clock, log });
  const used = createLastUsed({ pats: stores.pats, clock, log });
  const recorder = { clock, newId: deps.newId, lane: calls, used, present: signedIn.note, secrets: ownSecrets(deps) };

  lines.hearLateWith(createLateOutcomes({ ...common, repeats: use.command.repeats }).heard);

  const callerOf = makeCallerOf({ ...deps, pats: stores.pats, secretHash, opsTokens, logins: signedIn, cookie, publicUrl: people.publicUrl });

  // Only what asks for the agents' socket is an upgrade; whoever offers another protocol gets an answer in this one.
  const upgrading = { shouldUpgradeCallback: isAgentUpgrade };
  const options: FastifyServerOptions = {
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: 30_000,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (problem, req, reply) => refuseUnrouted(problem, req, reply, deps.random),
    clientErrorHandler: (_problem, socket) =>
      refuseRaw(socket, { code: 'malformed_request', requestId: newRequestId(deps.random), after: clock.after }),
    ...(deps.tls ? { https: { ...deps.tls, ...upgrading } } : { http: upgrading }),
  };
  let docs: DocSite | null = null;
  const http = fastify(options);
  // An expectation we do not know changes nothing about who may do what.
  http.server.on('checkExpectation', (req, res) => http.server.emit('request', req, res));
  // "Go on" is said by whoever reads the body (mount.ts), so that an unlisted caller hears nothing before its refusal.
  http.server.on('checkContinue', (req, res) => http.server.emit('request', req, res));
  const relay: Relay = ({ socketAddress, ...call }) => http.inject({ ...call, remoteAddress: socketAddress || GONE });
  if (oneClickToken !== undefined) mountOneClick(http, { ...deps, callerOf, cookie, publicUrl: people.publicUrl, opsToken: oneClickToken, opsApi: opsApiHere(relay) });
  mount(http, {
    plain: plainHandlers(use),
    ladders: ladderHandlers(use),
    callerOf,
    recorder,
    mayScrape: (caller) => mayScrape(deps.metricsToken, caller),
    answered: (route = OTHER, { method, status, ms }) => {
      metrics.requests.add([route, method, String(status)]);
      metrics.requestSeconds.observe([route, method], ms / 1_000);
    },
    docs: () => (docs ??= docSite(deps.docs?.() ?? { pages: [], pictures: [], assets: [] })),
    console: deps.console ?? (() => []),
    cookie: { kind: cookie, maxAgeS: Math.floor(times.ttlMs / 1_000) },
    random: deps.random,
    log,
  });

  const SWEEP_MS = 5_000;
  const SWEEPS_PER_LOOK = 6;
  let sweeps = 0;
  let cancelSweep = () => {};
  const sweep = () => {
    lines.sweep();
    void used.write();
    use.command.repeats.sweep();
    if (sweeps++ % SWEEPS_PER_LOOK === 0) void use.readiness(); // so that it knows since when, to half a minute, whoever asks whenever
    void lease.beat().then(leftovers.tidy);
    stores.nonces.sweep(clock.now()).catch((problem: unknown) => log('warn', 'nonces_not_swept', { problem: String(problem) }));
    limits.sweep().catch((problem: unknown) => log('warn', 'sign_in_turns_not_swept', { problem: String(problem) }));
    cancelSweep = clock.after(SWEEP_MS, sweep);
  };

  const keepCalls = createKeepCalls({ calls: stores.calls, clock, log });

  const isForeign = (headers: IncomingHttpHeaders): boolean => Boolean(callerOf({ socketAddress: '', headers, url: '' }).signInProblem?.());

  return {
    http,
    door,
    /** For sockets: whoever brings a cookie of ours comes from our page, or does not come in. A machine brings none. */
    isForeignPage: ({ headers }: { readonly headers: IncomingHttpHeaders }): boolean => bringsCookie(headers.cookie) && (headers.origin === undefined || isForeign(headers)),
    lines,
    ledger,
    watch,
    /** Before listening: settle what an earlier life of this node left open. */
    async begin(): Promise<void> {
      const recovered = await recoverOpenIntents({ log: stores.leaves, ledger, clock }, deps.node.id, deps.node.epoch);
      if (recovered > 0) log('warn', 'intents_recovered_as_unknown', { count: recovered });
      await custody.endLeftovers(deps.node.id, deps.node.epoch);
      selfDisarm.begin();
      await keepCalls.begin();
      await comings.begin();
      await vigil.begin();
      followers.begin();
      sweep();
      await watch.start();
    },
    async close(): Promise<void> {
      cancelSweep();
      keepCalls.close();
      watch.stop();
      await selfDisarm.close();
      await custody.shutDown();
      lines.closeAll();
      await followers.close();
      streams.close();
      listeners.close();
      await http.close();
      await Promise.all([floods.flush(), calls.close(), used.write(), comings.close()]);
      await vigil.close();
    },
  };
}
export type OpsApi = ReturnType<typeof createOpsApi>;

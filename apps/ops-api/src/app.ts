import type { Clock } from '@argus/kit/clock.ts';
import type { SigningKey } from '@argus/keys/ed25519.ts';
import type { Random } from '@argus/keys/random.ts';
import { makeSecretHash } from '@argus/keys/secrets.ts';
import { newRequestId, type InstanceId, type NodeId } from '@argus/protocol/ids.ts';
import fastify, { type FastifyServerOptions } from 'fastify';
import { createDoor } from './agents/door.ts';
import { observed } from './alerts/trip.ts';
import { createVigil, type VigilDeps } from './alerts/vigil.ts';
import { makeEnroll } from './agents/enroll.ts';
import { makeShowAgents } from './agents/show.ts';
import { createSwitchboard } from './agents/switchboard.ts';
import { clientAddress, type Networks } from './http/address.ts';
import { ladderHandlers, plainHandlers, type UseCases } from './http/handlers.ts';
import { isAgentUpgrade } from './http/agent-upgrade.ts';
import { mount, refuseUnrouted } from './http/mount.ts';
import { refuseRaw } from './http/refuse-raw.ts';
import { createCheckpoints } from './ledger/checkpoints.ts';
import { createLedger } from './ledger/ledger.ts';
import { recoverOpenIntents } from './ledger/recover.ts';
import { makeShowLog } from './ledger/show.ts';
import { opsTokenMatches, principalOf } from './people/credentials.ts';
import { fresh, LOOK_YOUNG_MS } from './people/once.ts';
import type { Log, Stores } from './ports.ts';
import { createCustody } from './sessions/custody.ts';
import { makeSessions } from './sessions/show.ts';
import { makeActivate } from './support/activate.ts';
import type { Caller } from './support/caller.ts';
import { makeCommand } from './support/command.ts';
import { makeArm } from './tenants/arm.ts';
import { makeConsent } from './tenants/consent.ts';
import { makeTenants } from './tenants/create.ts';

export type OpsApiDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly stores: Stores;
  readonly instance: InstanceId;
  readonly logKey: SigningKey;
  readonly node: { readonly id: NodeId; readonly epoch: number };
  readonly masterKey: Uint8Array;
  readonly enabled: boolean;
  readonly opsTokens: readonly string[];
  readonly operatorNetworks: Networks;
  readonly trustedProxies: Networks;
  readonly heartbeatS: number;
  readonly isDatabaseUp: () => Promise<boolean>;
  readonly log: Log;
  /** Null or absent: alerts are shown and not mailed. */
  readonly mail?: VigilDeps['mail'];
  readonly tls?: { readonly cert: string; readonly key: string };
};

const BODY_BYTES_MAX = 65_536;

/** Everything the API is, minus the port it listens on. Tests call `http.inject` and `door.accept` directly. */
export function createOpsApi(deps: OpsApiDeps) {
  const { clock, stores, log } = deps;
  const secretHash = makeSecretHash(deps.masterKey);
  const checkpoints = createCheckpoints(deps.instance, deps.logKey);
  const unobserved = createLedger({
    store: stores.leaves,
    checkpoints,
    instance: deps.instance,
    clock,
    newId: deps.newId,
  });
  const vigil = createVigil({ ...deps, ledger: unobserved, checkpoints, by: { node: deps.node.id, epoch: deps.node.epoch }, mail: deps.mail ?? null });
  const ledger = observed(unobserved, vigil.saw, log);
  const lines = createSwitchboard({ clock, agents: stores.agents, heartbeatS: deps.heartbeatS, log, onAlarm: vigil.alarm });
  const custody = createCustody({ clock, instance: deps.instance, ledger, sessions: stores.sessions, lines, log });
  lines.watchWith(custody.watch);
  const door = createDoor({ ...deps, ledger, events: lines.events, agents: stores.agents, nonces: stores.nonces, onRefused: vigil.refusedHandshake });

  const common = { ...deps, ...stores, secretHash, ledger, lines, custody };
  const use: UseCases = {
    tenants: makeTenants(common),
    consent: makeConsent(common),
    arm: makeArm(common),
    enroll: makeEnroll({ ...common, logPublicKey: deps.logKey.publicKey }),
    agents: makeShowAgents(common),
    sessions: makeSessions(common),
    log: makeShowLog({ ledger, log: stores.leaves }),
    ...vigil.use,
    activate: makeActivate(common),
    command: makeCommand(common),
    readiness: async () => [{ part: 'database', ok: await deps.isDatabaseUp() }],
  };

  const callerOf = ({ socketAddress, headers }: { socketAddress: string; headers: Readonly<Record<string, string | string[] | undefined>> }): Caller => {
    const forwarded = headers['x-forwarded-for'];
    const opsToken = headers['x-argus-ops-token'];
    const ip = clientAddress(socketAddress, Array.isArray(forwarded) ? forwarded.join(',') : forwarded, deps.trustedProxies);
    return {
      ip,
      // A caller that is itself our proxy is nobody yet, also when the proxy stands in an operator network.
      fromOperatorNetwork: deps.operatorNetworks.has(ip) && !deps.trustedProxies.has(ip),
      opsTokenMatches: () => opsTokenMatches(deps.opsTokens, typeof opsToken === 'string' ? opsToken : undefined),
      principal: fresh(
        () => principalOf({ pats: stores.pats, secretHash, clock }, typeof headers['authorization'] === 'string' ? headers['authorization'] : undefined),
        { clock, youngMs: LOOK_YOUNG_MS },
      ),
    };
  };

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
  const http = fastify(options);
  // An expectation we do not know changes nothing about who may do what.
  http.server.on('checkExpectation', (req, res) => http.server.emit('request', req, res));
  mount(http, { plain: plainHandlers(use), ladders: ladderHandlers(use), callerOf, random: deps.random, log });

  const SWEEP_MS = 5_000;
  let cancelSweep = () => {};
  const sweep = () => {
    lines.sweep();
    stores.nonces.sweep(clock.now()).catch((problem: unknown) => log('warn', 'nonces_not_swept', { problem: String(problem) }));
    cancelSweep = clock.after(SWEEP_MS, sweep);
  };

  return {
    http,
    door,
    lines,
    ledger,
    /** Before listening: settle what an earlier life of this node left open. */
    async begin(): Promise<void> {
      const recovered = await recoverOpenIntents({ log: stores.leaves, ledger, clock }, deps.node.id, deps.node.epoch);
      if (recovered > 0) log('warn', 'intents_recovered_as_unknown', { count: recovered });
      await custody.endLeftovers(deps.node.id, deps.node.epoch);
      await vigil.begin();
      sweep();
    },
    async close(): Promise<void> {
      cancelSweep();
      await custody.shutDown();
      lines.closeAll();
      await http.close();
      await vigil.close();
    },
  };
}
export type OpsApi = ReturnType<typeof createOpsApi>;

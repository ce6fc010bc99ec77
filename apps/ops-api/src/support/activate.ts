/**
 * Opening a session: climb the ladder, write the intent, wake the agent, and only when it says that its
 * indicator is up, mint the token and show it once.
 */
import type { Clock } from '@argus/kit/clock.ts';
import { climb } from '@argus/kit/gate.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { isoTime } from '@argus/kit/clock.ts';
import type { Random } from '@argus/keys/random.ts';
import { newSessionToken, type SecretHash } from '@argus/keys/secrets.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { Activate, ActivatedHere } from '@argus/protocol/http/shapes.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { proofInLeaf } from '@argus/protocol/operator-proof.ts';
import { newHandle, newRequestId, parseId, type InstanceId, type NodeId } from '@argus/protocol/ids.ts';
import type { Switchboard } from '../agents/switchboard.ts';
import type { Agent } from '../agents/agent.ts';
import { NOT_READ, UNAUTHENTICATED, type Attempt } from '../audit/attempt.ts';
import { activationLadder, FRESH_MS, RUNGS_BEFORE_BODY, type ActivationFacts } from '../gates/activation.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { once } from '../people/once.ts';
import type { Principal } from '../people/principal.ts';
import type { AgentStore, Log, NonceStore, SessionStore, TenantStore } from '../ports.ts';
import type { Custody, Ending } from '../sessions/custody.ts';
import type { Session } from '../sessions/session.ts';
import { carriedKeep, carriedScope, consentedUntil, isArmed, isConsentStanding, type Consent } from '../tenants/tenant.ts';
import { accessTrace } from './access-trace.ts';
import type { Caller } from './caller.ts';
import type { AssertedFor } from '../passkeys/for-request.ts';
import { recordRefusal, type RefusalDeps } from './refusal.ts';

export const ACKNOWLEDGE_MS = 5_000;
const NONCE_KEPT_MS = 10 * 60_000;

export type ActivateDeps = {
  readonly clock: Clock;
  readonly instance: InstanceId;
  readonly random: Random;
  readonly secretHash: SecretHash;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly tenants: Pick<TenantStore, 'byId'>;
  readonly agents: Pick<AgentStore, 'byId'>;
  readonly sessions: Pick<SessionStore, 'openOf'>;
  readonly nonces: Pick<NonceStore, 'burn'>;
  readonly lines: Pick<Switchboard, 'line'>;
  readonly custody: Pick<Custody, 'hold' | 'end'>;
  readonly node: { readonly id: NodeId; readonly epoch: number };
  readonly enabled: boolean;
  readonly log: Log;
  readonly floods?: RefusalDeps['floods'];
  /** Was this request signed by a passkey of the person who is signed in? */
  readonly assertedFor?: AssertedFor;
};

/** What the first stretch leaves for the second. */
export type ActivationEntered = { readonly facts: ActivationFacts; readonly passed: readonly string[] };

export function makeActivate(deps: ActivateDeps) {
  function gather(caller: Caller, agentNamed: string, request: ActivationFacts['request']): ActivationFacts {
    const agentId = parseId('agent', agentNamed);
    const tenantId = () => (request().ok ? (request() as { value: Activate }).value.tenant_id : null);
    return {
      fromOperatorNetwork: caller.fromOperatorNetwork,
      access: caller.access,
      opsTokenMatches: caller.opsTokenMatches,
      principal: caller.principal,
      pageProblem: caller.pageProblem,
      assertedFor: once(async () => {
        const [who, body] = [await caller.principal(), request()];
        if (!who || !body.ok || !agentId || !deps.assertedFor) return false;
        const { tenant_id: tenant, reason, minutes, nonce, timestamp, operator_proof: proof } = body.value;
        return deps.assertedFor(who, { asked: { instance: deps.instance, tenant, agent: agentId, operator: who.operator, reason, minutes }, nonce, timestamp, proof });
      }),
      enabled: deps.enabled,
      instance: deps.instance,
      request,
      now: deps.clock.now(),
      agent: once(async () => agentId && deps.agents.byId(agentId)),
      tenant: once(async () => {
        const id = tenantId();
        return id && deps.tenants.byId(id);
      }),
      isOnline: () => agentId !== null && deps.lines.line(agentId) !== null,
      openSession: once(async () => agentId && deps.sessions.openOf(agentId)),
      burnNonce: async () => {
        const body = request();
        return body.ok && deps.nonces.burn('activation', body.value.nonce, deps.clock.now() + NONCE_KEPT_MS);
      },
    };
  }

  async function refuse(caller: Caller, facts: ActivationFacts, { denial, passed }: { denial: Denial; passed: readonly string[] }) {
    const isAgentKnown = passed.includes('agent');
    const agent = isAgentKnown ? await facts.agent() : null;
    const principal = passed.includes('credential') ? await facts.principal() : null;
    const body = passed.includes('enabled') ? facts.request() : null;
    await recordRefusal(deps, {
      at: deps.clock.now(),
      type: 'remote_support_activation',
      phase: 'fact',
      tenant: agent?.tenant ?? null,
      ...(agent && { agent: agent.id }),
      operator: principal?.operator ?? UNAUTHENTICATED,
      ip: caller.ip,
      by: 'operator',
      reason: body?.ok ? body.value.reason : NOT_READ,
      gatesPassed: passed,
      outcome: 'refused',
      code: denial.code,
      ...(caller.access && (await accessTrace(caller.access))),
    });
    return err(denial);
  }

  /** The rungs before the body is read. */
  async function enter(caller: Caller, agentNamed: string): Promise<Result<ActivationEntered, Denial>> {
    const facts = gather(caller, agentNamed, () => err(deny('bad_request', 'not read yet')));
    const { passed, denial } = await climb(activationLadder.slice(0, RUNGS_BEFORE_BODY), facts);
    return denial ? refuse(caller, facts, { denial, passed }) : ok({ facts, passed });
  }

  async function activate(
    caller: Caller,
    { agentNamed, entered, request }: { agentNamed: string; entered: ActivationEntered; request: Result<Activate, Denial> },
  ): Promise<Result<ActivatedHere, Denial>> {
    // 1. gather
    const facts = gather(caller, agentNamed, () => request);

    // 2. decide
    const { passed, denial } = await climb(activationLadder.slice(RUNGS_BEFORE_BODY), facts, entered.passed);
    const [agent, principal, line] = [await facts.agent(), await facts.principal(), lineOf(await facts.agent())];
    const consent = denial ? null : (await facts.tenant())?.consent;
    if (denial || !request.ok || !agent || !principal || !line || !consent)
      return refuse(caller, facts, { denial: denial ?? deny('agent_offline'), passed });

    // 3. record the intent, together with the session it is about
    const session = newSession({ agent, principal, consent, body: request.value });
    const scope = carriedScope(consent);
    const proof = request.value.operator_proof;
    const attempt: Attempt = {
      at: session.createdAt,
      type: 'remote_support_activation',
      phase: 'intent',
      tenant: session.tenant,
      agent: session.agent,
      session: session.id,
      operator: session.operator,
      ip: caller.ip,
      by: 'operator',
      reason: session.reason,
      gatesPassed: passed,
      requestId: newRequestId(deps.random),
      ...(caller.access && (await accessTrace(caller.access))),
      args: {
        minutes: session.minutes,
        ...(principal.login && { login: principal.tokenId }),
        scope: scope.pinned,
        ...(consent.expiresAt !== null && { consent_expires_at: isoTime(consent.expiresAt) }),
        ...carriedKeep(consent),
        ...(consent.receipt !== undefined && { receipt: { sha256: sha256Hex(consent.receipt) } }),
        ...(proof && { operator_proof: proofInLeaf(proof) }),
      },
    };
    if (!(await clearTheWay(facts))) return err(deny('audit_unavailable', 'an expired session could not be ended'));
    const intent = await deps.ledger.append(attempt, [{ do: 'open_session', session }]);
    // Whether it was committed may not be known: what may be open is ended, and what never was takes no harm.
    if (!intent.ok && intent.error.code === 'audit_unavailable') void deps.custody.end(session, { by: 'server_shutdown', actor: 'server' });
    if (!intent.ok) return intent.error.code === 'audit_unavailable' ? intent : refuse(caller, facts, { denial: intent.error, passed });
    const intentSha256 = Buffer.from(intent.value.leafHash).toString('hex');

    // Consent and arming as they were judged: what changed them meanwhile is before our entry in the log.
    if (!(await stillStands(facts))) return failed(session, attempt, { intentSha256, denial: deny('tenant_consent_required', 'changed while the intent was written'), ending: { by: 'consent_withdrawn', actor: 'server' } });

    // 4. act: the agent checks the leaf for itself, raises its indicator, and says so
    const awake = await line.activate({ session: session.id, epoch: session.epoch, receipt: intent.value, scope: scope.text, consentReceipt: consent.receipt, operatorProof: proof }, ACKNOWLEDGE_MS);
    if (!awake.ok) return failed(session, attempt, { intentSha256, denial: awake.error, ending: endingOf(awake.error) });

    // 5. record the outcome, and with it mint the token
    const token = newSessionToken(deps.random);
    deps.custody.hold({ ...session, state: 'active' });
    const outcome = await deps.ledger.append(
      { ...attempt, at: deps.clock.now(), phase: 'outcome', outcome: 'ok', answer: { intentSha256 } },
      [{ do: 'start_session', id: session.id, secretHash: deps.secretHash('session_token', token) }],
    );
    if (!outcome.ok) {
      const ending = { by: 'server_shutdown', actor: 'server' } as const;
      // Somebody ended it while the agent woke up: that is then its outcome, and is on record as one.
      if (outcome.error.code !== 'audit_unavailable') return failed(session, attempt, { intentSha256, denial: outcome.error, ending });
      void deps.custody.end(session, ending);
      return err(deny('outcome_unrecorded', outcome.error.internal));
    }
    return ok({
      session_id: session.id,
      ...(!principal.login && { session_token: token }), // a person's sessions are bound to the sign-in: no token reaches a browser
      tenant_id: session.tenant,
      agent_id: session.agent,
      expires_at: isoTime(session.expiresAt),
    });
  }

  async function stillStands(facts: ActivationFacts): Promise<boolean> {
    const judged = await facts.tenant();
    const tenant = judged && (await deps.tenants.byId(judged.id));
    const now = deps.clock.now();
    return tenant !== null && tenant.consentLeaf === judged?.consentLeaf && isConsentStanding(tenant, now) && isArmed(tenant, now);
  }

  const lineOf = (agent: Agent | null) => agent && deps.lines.line(agent.id);

  /** A session whose time is up may not have been ended by anybody yet; it is now. False: not on record yet. */
  async function clearTheWay(facts: ActivationFacts): Promise<boolean> {
    const expired = await facts.openSession();
    return expired === null || deps.custody.end(expired, { by: 'expired', actor: 'server' });
  }

  function newSession({ agent, principal, consent, body }: { agent: Agent; principal: Principal; consent: Consent; body: Activate }): Session {
    const now = deps.clock.now();
    return {
      state: 'activating',
      id: newHandle('session', deps.random),
      tenant: agent.tenant,
      agent: agent.id,
      operator: principal.operator,
      tokenId: principal.tokenId,
      reason: body.reason,
      minutes: body.minutes,
      createdAt: now,
      expiresAt: consentedUntil(consent, { from: now, until: now + body.minutes * 60_000 }),
      node: deps.node.id,
      epoch: deps.node.epoch,
    };
  }

  async function failed(
    session: Session,
    attempt: Attempt,
    { intentSha256, denial, ending }: { intentSha256: string; denial: Denial; ending: Ending },
  ): Promise<Result<never, Denial>> {
    await recordRefusal(deps, {
      ...attempt,
      at: deps.clock.now(),
      phase: 'outcome',
      outcome: isSilence(denial) ? 'unknown' : 'refused',
      code: denial.code,
      answer: { intentSha256 },
    });
    await deps.custody.end(session, ending);
    return err(denial);
  }

  return { enter, activate, gather, freshMs: FRESH_MS };
}

const isSilence = ({ code }: Denial): boolean => code === 'agent_did_not_acknowledge' || code === 'agent_lost';
const endingOf = (denial: Denial): Ending => (isSilence(denial) ? { by: 'not_acknowledged', actor: 'server' } : { by: 'agent_refused', actor: 'agent' });

/**
 * Revoking an agent, for good: climb the ladder, write it down together with the deed, then put out what is live of it.
 * One fact and no intent before it: it waits for no machine, and there is no outcome that could differ.
 */
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { climb } from '@argus/kit/gate.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { AgentRevoked, RevokeAgent } from '@argus/protocol/http/shapes.ts';
import { parseId, type SessionId } from '@argus/protocol/ids.ts';
import type { Agent } from '../agents/agent.ts';
import type { TurnAway } from '../agents/turn-away.ts';
import { NOT_READ, UNAUTHENTICATED } from '../audit/attempt.ts';
import { REVOKE_RUNGS_BEFORE_BODY, revokeLadder, type RevokeFacts } from '../gates/revoke.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { once } from '../people/once.ts';
import type { AgentStore, Log, NonceStore } from '../ports.ts';
import type { Custody, Ending } from '../sessions/custody.ts';
import type { Caller } from './caller.ts';
import { recordRefusal, type RefusalDeps } from './refusal.ts';

const NONCE_KEPT_MS = 10 * 60_000;

export type RevokeDeps = RefusalDeps & {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly agents: Pick<AgentStore, 'byId'>;
  readonly nonces: Pick<NonceStore, 'burn'>;
  readonly custody: Pick<Custody, 'beginClosing' | 'endOfAgent'>;
  readonly turnAway: TurnAway;
  readonly enabled: boolean;
  readonly log: Log;
};
export type RevokeEntered = { readonly passed: readonly string[] };
type Asked = { readonly agentNamed: string; readonly entered: RevokeEntered; readonly request: Result<RevokeAgent, Denial> };

export function makeRevoke(deps: RevokeDeps) {
  function gather(caller: Caller, agentNamed: string, request: Result<RevokeAgent, Denial>): RevokeFacts {
    const agentId = parseId('agent', agentNamed);
    const now = deps.clock.now();
    return {
      fromOperatorNetwork: caller.fromOperatorNetwork,
      opsTokenMatches: caller.opsTokenMatches,
      principal: caller.principal,
      pageProblem: caller.pageProblem,
      enabled: deps.enabled,
      request: () => request,
      now,
      agent: once(async () => agentId && deps.agents.byId(agentId)),
      // One space for all ladders: a nonce is good once, whatever it was sent for.
      burnNonce: async () => request.ok && deps.nonces.burn('activation', request.value.nonce, now + NONCE_KEPT_MS),
    };
  }

  async function attemptOf(caller: Caller, facts: RevokeFacts, { passed, reason }: { passed: readonly string[]; reason: string }) {
    const agent = passed.includes('agent') ? await facts.agent() : null;
    const principal = passed.includes('credential') ? await facts.principal() : null;
    return {
      at: deps.clock.now(),
      type: 'agent_revoked',
      phase: 'fact',
      tenant: agent?.tenant ?? null,
      ...(agent && { agent: agent.id }),
      operator: principal?.operator ?? UNAUTHENTICATED,
      ip: caller.ip,
      by: 'operator',
      reason,
      gatesPassed: passed,
    } as const;
  }

  async function refuse(caller: Caller, facts: RevokeFacts, { denial, passed }: { denial: Denial; passed: readonly string[] }) {
    const body = facts.request();
    const attempt = await attemptOf(caller, facts, { passed, reason: body.ok ? body.value.reason : NOT_READ });
    await recordRefusal(deps, { ...attempt, outcome: 'refused', code: denial.code });
    return err(denial);
  }

  /** The rungs before the body is read. */
  async function enter(caller: Caller, agentNamed: string): Promise<Result<RevokeEntered, Denial>> {
    const facts = gather(caller, agentNamed, err(deny('bad_request', 'not read yet')));
    const { passed, denial } = await climb(revokeLadder.slice(0, REVOKE_RUNGS_BEFORE_BODY), facts);
    return denial ? refuse(caller, facts, { denial, passed }) : ok({ passed });
  }

  async function revoke(caller: Caller, { agentNamed, entered, request }: Asked): Promise<Result<AgentRevoked, Denial>> {
    const facts = gather(caller, agentNamed, request);
    const { passed, denial } = await climb(revokeLadder.slice(REVOKE_RUNGS_BEFORE_BODY), facts, entered.passed);
    const agent = await facts.agent();
    if (denial || !request.ok || !agent) return refuse(caller, facts, { denial: denial ?? deny('agent_not_found'), passed });

    const attempt = await attemptOf(caller, facts, { passed, reason: request.value.reason });
    const reopen = deps.custody.beginClosing(agent.id);
    try {
      const written = await deps.ledger.append({ ...attempt, outcome: 'ok' }, [{ do: 'revoke_agent', agent: agent.id, at: attempt.at }]);
      if (!written.ok) return written.error.code === 'audit_unavailable' ? written : await refuse(caller, facts, { denial: written.error, passed });
      const ending: Ending = { by: 'agent_revoked', actor: 'operator', operator: attempt.operator, ip: caller.ip, reason: attempt.reason };
      const endedSession = await putOut(agent, ending);
      return ok({
        tenant_id: agent.tenant,
        agent_id: agent.id,
        state: 'revoked',
        revoked_at: isoTime(attempt.at),
        ended_session: endedSession,
        leaf_index: written.value.seq,
      });
    } finally {
      reopen();
    }
  }

  /** It is revoked by now, whatever becomes of this: every node sees it in the row and does the same. */
  async function putOut({ id }: Agent, ending: Ending): Promise<SessionId | null> {
    try {
      return await deps.custody.endOfAgent(id, ending);
    } catch (problem) {
      deps.log('error', 'revoked_but_session_not_ended_yet', { agent: id, problem: String(problem) });
      return null;
    } finally {
      deps.turnAway(id);
    }
  }

  return { enter, revoke };
}

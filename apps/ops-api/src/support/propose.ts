/**
 * A session is proposed, by a person or a program. It is put on record and nothing else happens: there is no proposal to
 * approve, so none can be approved. Whoever takes it up asks for a session as if there had been no proposal.
 */
import { isoTime } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import { activateLine, type ProposeSession, type SessionProposed } from '@argus/protocol/http/proposals.ts';
import { maySee } from '../people/principal.ts';
import type { AgentStore, ArmingStore } from '../ports.ts';
import type { Clock } from '@argus/kit/clock.ts';
import type { Actor } from '../tenants/create.ts';
import { recordRefusal, type RefusalDeps } from './refusal.ts';

export type ProposeDeps = RefusalDeps & {
  readonly clock: Clock;
  readonly agents: Pick<AgentStore, 'byId'>;
  readonly arming: Pick<ArmingStore, 'takeTurn'>;
};
const SAYS = 'This opened nothing. A person has to look at it and type the line, with their own token and ops token; every gate is asked then.';

export function makePropose(deps: ProposeDeps) {
  return async function propose({ principal, ip }: Actor, body: ProposeSession): Promise<Result<SessionProposed, Denial>> {
    const now = deps.clock.now();
    // Turns of their own: a program that floods takes none from the person who arms.
    const waitMs = await deps.arming.takeTurn(`proposals of ${principal.operator}`, now);
    const found = await deps.agents.byId(body.agent_id);
    const agent = found && found.revokedAt === null && found.tenant === body.tenant_id && maySee(principal, found.tenant) ? found : null;
    const denial = waitMs !== null ? denyWith('rate_limited', { retry_after_s: Math.ceil(waitMs / 1_000) }) : agent ? null : deny('agent_not_found');
    const attempt = {
      at: now,
      type: 'session_proposed',
      phase: 'fact',
      tenant: agent?.tenant ?? null,
      ...(agent && { agent: agent.id }),
      operator: principal.operator,
      ip,
      by: 'operator',
      reason: body.reason,
      args: { minutes: body.minutes },
    } as const;
    if (denial || !agent) {
      const refusal = denial ?? deny('agent_not_found');
      await recordRefusal(deps, { ...attempt, outcome: 'refused', code: refusal.code });
      return err(refusal);
    }
    const written = await deps.ledger.append({ ...attempt, outcome: 'ok' });
    if (!written.ok) return written;
    const { reason, minutes } = body;
    const line = { tenant_id: agent.tenant, agent_id: agent.id, reason, minutes };
    return ok({ ...line, proposed_at: isoTime(now), leaf_index: written.value.seq, command_line: activateLine(line), says: SAYS });
  };
}

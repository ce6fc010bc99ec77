import { toBase64Url } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { defineCommand } from '../command.ts';
import { notConfirmed } from '../confirm.ts';
import { aside, fields, timeOf } from '../render/view.ts';

const NONCE_BYTES = 16;

export const agentRevoke = defineCommand({
  name: 'agent revoke',
  summary: 'Revoke an agent, for good: ends its session, and its next dial fails',
  positionals: { agent: { value: 'agent', show: 'AGENT', about: 'the agent to revoke; its id never comes back' } },
  flags: {
    tenant: { value: 'tenant', show: 'TENANT', isRequired: true, about: 'the tenant the agent belongs to' },
    reason: { value: 'reason', show: 'TEXT', isRequired: true, about: "why; kept in the tenant's log for good" },
    yes: { value: 'switch', about: 'it is meant: ask nothing. Without it you type the id, and without a terminal nothing happens' },
  },
  secrets: ['ops-token'],
  writes: true,
  example: 'argusctl agent revoke agent_macpro_lobby_01 --tenant UTD_7ELEVEN_001 --reason "stolen from the lobby" --yes',
  async run(ctx, { agent, tenant, reason, yes }) {
    const { api, answer, clock, random, isDryRun, refuse } = ctx;
    const problem = isDryRun ? null : await notConfirmed(ctx, { yes, word: agent, what: `${agent} of ${tenant} will be revoked for good. To use the machine again it has to enroll under a new id.` });
    if (problem) return refuse(problem);
    const body = { tenant_id: tenant, reason, confirm: true as const, nonce: toBase64Url(random(NONCE_BYTES)), timestamp: isoTime(clock.now()) };
    return answer(api.revoke(agent, body), (revoked) => [
      fields({ agent: revoked.agent_id, tenant: revoked.tenant_id, state: revoked.state, 'revoked at': timeOf(revoked.revoked_at), 'ended session': revoked.ended_session, 'in the log': `#${revoked.leaf_index}` }),
      aside(''),
      aside('Its line is closed and its next dial fails. The id is never used again.'),
    ]);
  },
});

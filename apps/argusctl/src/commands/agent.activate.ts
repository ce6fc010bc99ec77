import { toBase64Url } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { defineCommand } from '../command.ts';
import { aside, fields, line, shownOnce, timeOf } from '../render/view.ts';

const NONCE_BYTES = 16;

export const agentActivate = defineCommand({
  name: 'agent activate',
  summary: 'Open a time-boxed session on one online agent',
  positionals: { agent: { value: 'agent', show: 'AGENT', about: 'the agent to reach' } },
  flags: {
    tenant: { value: 'tenant', show: 'TENANT', isRequired: true, about: 'the tenant the agent belongs to' },
    reason: { value: 'reason', show: 'TEXT', isRequired: true, about: 'why; kept in the tenant\'s log for good' },
    minutes: { value: 'minutes', show: 'N', about: 'how long: 1 to 120, 30 when left out' },
    'operator-key': { value: 'file', show: 'FILE', about: 'your sealed key, where the consent asks for a proof of who you are' },
    'passphrase-file': { value: 'file', show: 'FILE', about: 'the passphrase, in a file that only you can read; asked for when left out' },
  },
  secrets: ['ops-token'],
  // Whoever is refused before these is refused by explain with the same words.
  whenRefused: {
    codes: ['remote_support_disabled', 'stale_request', 'agent_not_found', 'tenant_consent_required', 'operator_proof_required', 'tenant_not_armed', 'agent_offline', 'session_active', 'nonce_replayed'],
    type: 'support explain',
  },
  writes: true,
  example: 'argusctl agent activate agent_macpro_lobby_01 --tenant UTD_7ELEVEN_001 --reason "investigate alert"',
  async run(ctx, { agent, tenant, reason, minutes, 'operator-key': keyFile, 'passphrase-file': passphraseFile }) {
    const { api, answer, clock, random, argusctl, refuse } = ctx;
    // Before the moment that is signed and sent: a person takes their time with a passphrase.
    const sign = keyFile === undefined ? null : await (await import('../operator-proof.ts')).openProof(ctx, { keyFile, passphraseFile, agent, tenant });
    if (sign && 'kind' in sign) return refuse(sign);
    const asked = {
      tenant_id: tenant,
      reason,
      ...(minutes !== undefined && { minutes }),
      nonce: toBase64Url(random(NONCE_BYTES)),
      timestamp: isoTime(clock.now()),
    };
    const body = { ...asked, ...(sign && { operator_proof: sign.over(asked) }) };
    // In a dry run the proof is a sentence: nobody is asked for the passphrase, and nothing is signed.
    return answer(api.activate(agent, body as Parameters<typeof api.activate>[1]), (session) => [
      fields({
        session: session.session_id,
        tenant: session.tenant_id,
        agent: session.agent_id,
        'open until': timeOf(session.expires_at),
      }),
      shownOnce('session token', session.session_token),
      line(''),
      line('The token is shown once and cannot be had again. Put it in place of … and go on with:'),
      line(''),
      line(`  ARGUS_SESSION=… ${argusctl} support command ${session.tenant_id} --command ping`),
      line(`  ${argusctl} agent deactivate ${session.session_id}`),
      aside(''),
      aside('The person at the machine sees that the session is open, and can end it.'),
    ]);
  },
});

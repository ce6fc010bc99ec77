import { defineCommand } from '../command.ts';
import { aside, fields, line, shownOnce, timeOf } from '../render/view.ts';

export const agentEnrollCode = defineCommand({
  name: 'agent enroll-code',
  summary: 'Make a single-use code with which one machine enrolls',
  positionals: { agent: { value: 'agent', show: 'AGENT', about: 'the id it will have, for good' } },
  flags: {
    tenant: { value: 'tenant', show: 'TENANT', isRequired: true, about: 'the tenant the agent belongs to' },
    'public-key': { value: 'publicKey', show: 'KEY', about: 'good for the machine with this identity key only (base64)' },
  },
  secrets: [],
  writes: true,
  example: 'argusctl agent enroll-code agent_oven_display --tenant BAKERY_SOUTH',
  run: ({ api, answer, url }, { agent, tenant, 'public-key': publicKey }) =>
    answer(api.createEnrollmentCode(tenant, { agent_id: agent, ...(publicKey !== undefined && { public_key: publicKey }) }), (made) => [
      fields({ agent, tenant, 'good until': timeOf(made.expires_at) }),
      shownOnce('code', made.enrollment_code),
      line(''),
      line('The code works once, on one machine, and is shown once. There, put it in place of …:'),
      line(''),
      line(`  argus-agent enroll --server ${url} --code … --install-root DIR`),
      aside(''),
      aside('A camera is named on the machine while it enrolls, and nowhere else; a consent key may be pinned there at any time.'),
    ]),
});

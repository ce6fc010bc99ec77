import { defineCommand } from '../command.ts';
import { tenantFields } from '../render/tenant.ts';

export const tenantDisarm = defineCommand({
  name: 'tenant disarm',
  summary: 'Close the tenant for activation; ends its live sessions',
  positionals: { tenant: { value: 'tenant', show: 'TENANT', about: 'typed out, it confirms which tenant is meant' } },
  flags: {
    reason: { value: 'reason', show: 'TEXT', isRequired: true, about: 'why; kept in the tenant\'s log for good' },
  },
  secrets: [],
  writes: true,
  example: 'argusctl tenant disarm UTD_7ELEVEN_001 --reason "incident closed"',
  run: ({ api, answer }, { tenant, reason }) =>
    answer(api.disarm(tenant, { reason, confirm_tenant_id: tenant }), (disarmed) => [tenantFields(disarmed)]),
});

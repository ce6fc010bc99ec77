import { defineCommand } from '../command.ts';
import { consentKeysTable, tenantShown } from '../render/tenant.ts';

export const tenantShow = defineCommand({
  name: 'tenant show',
  summary: 'One tenant: in whose hand its consent is, and which machines take it',
  positionals: { tenant: { value: 'tenant', show: 'TENANT', about: 'the tenant to look at' } },
  flags: {},
  secrets: [],
  writes: false,
  example: 'argusctl tenant show UTD_7ELEVEN_001',
  run: ({ api, answer }, { tenant }) => answer(api.showTenant(tenant), (shown) => [tenantShown(shown), ...consentKeysTable(shown)]),
});

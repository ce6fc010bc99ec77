import { defineCommand } from '../command.ts';
import { consentFields, consentKeysTable } from '../render/tenant.ts';

export const tenantConsentShow = defineCommand({
  name: 'tenant consent show',
  summary: 'What the tenant signed, in whose hand, and which machines take it',
  positionals: { tenant: { value: 'tenant', show: 'TENANT', about: 'the tenant to look at' } },
  flags: {},
  secrets: [],
  writes: false,
  example: 'argusctl tenant consent show UTD_7ELEVEN_001',
  run: ({ api, answer }, { tenant }) => answer(api.showTenant(tenant), (shown) => [consentFields(shown), ...consentKeysTable(shown)]),
});

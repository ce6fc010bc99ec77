import { defineCommand } from '../command.ts';
import { fields } from '../render/view.ts';

export const tenantConsentWithdraw = defineCommand({
  name: 'tenant consent withdraw',
  summary: 'Withdraw the consent: disarms, and ends live sessions at once',
  positionals: { tenant: { value: 'tenant', show: 'TENANT', about: 'whose consent is over' } },
  flags: { reason: { value: 'reason', show: 'TEXT', isRequired: true, about: "why; kept in the tenant's log for good" } },
  secrets: [],
  writes: true,
  example: 'argusctl tenant consent withdraw UTD_7ELEVEN_001 --reason "the contract has ended"',
  run: ({ api, answer }, { tenant, reason }) =>
    answer(api.withdrawConsent(tenant, { reason }), (done) => [fields({ tenant: done.tenant_id, consent: done.consent, 'in the log': `#${done.leaf_index}` })]),
});

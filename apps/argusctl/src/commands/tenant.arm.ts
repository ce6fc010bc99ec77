import { defineCommand } from '../command.ts';
import { tenantFields } from '../render/tenant.ts';

export const tenantArm = defineCommand({
  name: 'tenant arm',
  summary: 'Assert the recorded consent and open the tenant for activation',
  positionals: { tenant: { value: 'tenant', show: 'TENANT', about: 'typed out, it confirms which tenant is meant' } },
  flags: {
    reason: { value: 'reason', show: 'TEXT', isRequired: true, about: 'why; kept in the tenant\'s log for good' },
    'document-id': { value: 'documentId', show: 'ID', about: 'the signed document; must be the one on record' },
  },
  secrets: [],
  writes: true,
  example: 'argusctl tenant arm UTD_7ELEVEN_001 --reason "support contract 2026"',
  run({ api, answer }, { tenant, reason, 'document-id': documentId }) {
    const body = { reason, confirm_tenant_id: tenant, ...(documentId !== undefined && { document_id: documentId }) };
    return answer(api.arm(tenant, body), (armed) => [tenantFields(armed)]);
  },
});

import { defineCommand } from '../command.ts';
import { tenantFields } from '../render/tenant.ts';
import { aside } from '../render/view.ts';

export const tenantAdd = defineCommand({
  name: 'tenant add',
  summary: 'Add a tenant: whose machines are to be supported',
  positionals: { tenant: { value: 'tenant', show: 'TENANT', about: 'its id, for good: capitals, digits and _' } },
  flags: { name: { value: 'tenantName', show: 'TEXT', isRequired: true, about: 'what people call it' } },
  secrets: [],
  writes: true,
  example: 'argusctl tenant add BAKERY_SOUTH --name "Bakery South"',
  run: ({ api, answer, argusctl }, { tenant, name }) =>
    answer(api.createTenant({ id: tenant, name }), (added) => [
      tenantFields(added),
      aside(''),
      aside(`Next: ${argusctl} tenant consent record ${added.id} --document FILE …, then ${argusctl} agent enroll-code AGENT --tenant ${added.id}`),
    ]),
});

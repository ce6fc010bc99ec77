import { defineCommand } from '../command.ts';
import { tenantsTable } from '../render/tenant.ts';

export const tenantLs = defineCommand({
  name: 'tenant ls',
  summary: 'Tenants, with their consent and whether they are armed',
  positionals: {},
  flags: {},
  secrets: [],
  writes: false,
  example: 'argusctl tenant ls',
  run: ({ api, answer }) => answer(api.listTenants(), ({ tenants }) => [tenantsTable(tenants)]),
});

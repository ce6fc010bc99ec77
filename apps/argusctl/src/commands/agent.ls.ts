import { defineCommand } from '../command.ts';
import { table, timeOf } from '../render/view.ts';

export const agentLs = defineCommand({
  name: 'agent ls',
  summary: 'Agents: which are online, and which have a session',
  positionals: {},
  flags: { tenant: { value: 'tenant', show: 'TENANT', about: 'only of this tenant' } },
  secrets: [],
  writes: false,
  example: 'argusctl agent ls --tenant UTD_7ELEVEN_001',
  run: ({ api, answer }, { tenant }) =>
    answer(api.listAgents(tenant), ({ agents }) => [
      table(
        ['AGENT', 'TENANT', 'STATE', 'VERSION', 'LAST SEEN', 'SESSION'],
        agents.map((a) => [a.id, a.tenant_id, a.state, a.version, timeOf(a.last_seen), a.session]),
        'No agents here. They enroll themselves; see argus-agent enroll.',
      ),
    ]),
});

import { defineCommand } from '../command.ts';
import { sessionsTable } from '../render/session.ts';

export const sessionLs = defineCommand({
  name: 'session ls',
  summary: 'Sessions, newest first, and how they ended',
  positionals: {},
  flags: { tenant: { value: 'tenant', show: 'TENANT', about: 'only the sessions of this tenant' } },
  secrets: [],
  writes: false,
  example: 'argusctl session ls --tenant UTD_7ELEVEN_001',
  run: ({ api, answer }, { tenant }) => answer(api.listSessions(tenant), ({ sessions }) => [sessionsTable(sessions)]),
});

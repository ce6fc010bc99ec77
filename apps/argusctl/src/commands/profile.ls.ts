import { defineCommand } from '../command.ts';
import { table } from '../render/view.ts';
import { readProfiles } from '../stored.ts';

export const profileLs = defineCommand({
  name: 'profile ls',
  summary: 'Stored logins: which server, whose, and which one is in use',
  positionals: {},
  flags: {},
  secrets: [],
  writes: false,
  isLocal: true,
  example: 'argusctl profile ls',
  async run({ env, readFile, refuse, show }) {
    const stored = await readProfiles(env, readFile);
    if (!stored.ok) return refuse(stored.error);
    const { current, profiles } = stored.value;
    // Never the token: a list is what people paste into a ticket.
    const rows = Object.entries(profiles).map(([name, { url, operator, pat }]) => ({ name, url, operator: operator ?? null, signed_in: pat !== undefined, in_use: name === current }));
    return show({ profiles: rows }, [
      table(['PROFILE', 'IN USE', 'SIGNED IN', 'OPERATOR', 'SERVER'], rows.map((row) => [row.name, row.in_use, row.signed_in, row.operator, row.url]), 'No stored logins yet. argusctl login makes one.'),
    ]);
  },
});

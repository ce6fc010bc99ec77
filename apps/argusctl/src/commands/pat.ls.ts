import { defineCommand } from '../command.ts';
import { table, timeOf } from '../render/view.ts';

export const patLs = defineCommand({
  name: 'pat ls',
  summary: 'Personal access tokens within your reach: never a secret',
  positionals: {},
  flags: {},
  secrets: [],
  writes: false,
  example: 'argusctl pat ls',
  run: ({ api, answer, clock }) =>
    answer(api.listPats(), ({ pats }) => [
      table(
        ['TOKEN', 'NAME', 'OPERATOR', 'STATE', 'EXPIRES', 'LAST USED', 'TENANTS', 'SCOPES'],
        pats.map((p) => [
          p.token_id, p.name, p.operator,
          p.revoked_at !== null ? 'revoked' : Date.parse(p.expires_at) <= clock.now() ? 'expired' : 'active',
          timeOf(p.expires_at), timeOf(p.last_used_at), p.tenants === 'all' ? 'all' : p.tenants.join(', '), p.scopes.join(', '),
        ]),
        'No tokens.',
      ),
    ]),
});

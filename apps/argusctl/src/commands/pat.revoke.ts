import { defineCommand } from '../command.ts';
import { fields, timeOf } from '../render/view.ts';

export const patRevoke = defineCommand({
  name: 'pat revoke',
  summary: 'Revoke a token: it opens nothing from the next request on',
  positionals: { token: { value: 'token', show: 'TOK', about: 'its id (tok_…), as argusctl pat ls lists it; never the token itself' } },
  flags: {},
  secrets: [],
  writes: true,
  example: 'argusctl pat revoke tok_f8cryfe9ghiff3iieraf',
  run: ({ api, answer }, { token }) => answer(api.revokePat(token), (p) => [fields({ 'token id': p.token_id, name: p.name, operator: p.operator, 'revoked at': timeOf(p.revoked_at) })]),
});

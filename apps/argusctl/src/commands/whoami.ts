import { defineCommand } from '../command.ts';
import { fields } from '../render/view.ts';

export const whoami = defineCommand({
  name: 'whoami',
  summary: 'Who your token belongs to, and what it may do',
  positionals: {},
  flags: {},
  secrets: [],
  writes: false,
  example: 'argusctl whoami',
  run: ({ api, answer, url, profile }) =>
    answer(api.me(), (me) => [
      fields({
        operator: me.operator,
        'token id': me.token_id,
        scopes: me.scopes.join(', '),
        tenants: me.tenants === 'all' ? 'all' : me.tenants.join(', '),
        server: url,
        ...(profile !== undefined && { profile }),
      }),
    ]),
});

import { defineCommand, usage } from '../command.ts';
import { PRESETS } from '../presets.ts';
import { aside, fields, line, shownOnce, timeOf } from '../render/view.ts';

const DAYS = 30;

export const patCreate = defineCommand({
  name: 'pat create',
  summary: 'Make a personal access token, no mightier than yours; shown once',
  positionals: {},
  flags: {
    name: { value: 'patName', show: 'TEXT', isRequired: true, about: 'what you will know it by' },
    preset: { value: 'preset', show: 'PRESET', about: 'what it may do: one of the presets below' },
    scopes: { value: 'scopes', show: 'A,B', about: 'or these scopes, one by one (docs/reference/routes.md)' },
    tenants: { value: 'tenants', show: 'A,B', about: 'only for these tenants; as far as yours reaches when left out' },
    days: { value: 'days', show: 'N', about: `how long: 1 to 366, ${DAYS} when left out` },
  },
  secrets: [],
  writes: true,
  example: 'argusctl pat create --name laptop --preset support-operator --days 30',
  details: async () => ['Presets:', ...Object.entries(PRESETS).map(([name, says]) => `  ${name.padEnd(18)}${says}`)],
  async run({ api, answer, refuse }, { name, preset, scopes, tenants, days = DAYS }) {
    if ((preset === undefined) === (scopes === undefined)) return refuse(usage('Say what it may do: either --preset or --scopes.', `Presets: ${Object.keys(PRESETS).join(', ')}.`));
    const body = { name, days, ...(preset !== undefined && { preset }), ...(scopes && { scopes: [...scopes] }), ...(tenants && { tenants: [...tenants] }) };
    return answer(api.createPat(body), (made) => [
      fields({ 'token id': made.token_id, name: made.name, operator: made.operator, scopes: made.scopes.join(', '), tenants: made.tenants === 'all' ? 'all' : made.tenants.join(', '), 'good until': timeOf(made.expires_at) }),
      shownOnce('token', made.pat),
      line(''),
      line('The token is shown once and cannot be had again.'),
      aside('argusctl login keeps it; ARGUS_PAT or ARGUS_PAT_FILE hands it to a program.'),
    ]);
  },
});

import { PRESETS as SERVERS } from '@argus/ops-api/people/principal.ts';
import { ROLE_NAMES, scopesOf } from '@argus/ops-api/people/roles.ts';
import { expect, test } from 'vitest';
import { AS_YOU, forOneself, PRESETS } from './presets.ts';

test('what a preset may do is what the server gives it', () => {
  for (const { name, scopes } of PRESETS) expect(Object.entries(SERVERS)).toContainEqual([name, scopes]);
});

test.each(ROLE_NAMES)('what is offered to a person who is %s is never more than their role', (role) => {
  const mine = scopesOf(role);
  const offered = forOneself(mine);
  expect(offered.length).toBeGreaterThan(1);
  for (const { scopes } of offered) expect(mine).toEqual(expect.arrayContaining([...scopes]));
  expect(offered.at(-1)).toMatchObject({ name: AS_YOU, scopes: mine });
});

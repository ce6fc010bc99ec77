import { isScope, mayHandOn, PRESETS as SERVERS } from '@argus/ops-api/people/principal.ts';
import { ROLE_NAMES, scopesOf } from '@argus/ops-api/people/roles.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { AS_YOU, forOneself, PRESETS, whyNotGive } from './presets.ts';

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

test.each(ROLE_NAMES)('a person who is %s can choose the presets the server lets them give, and reads of every other what they lack', (role) => {
  const mine = scopesOf(role);
  const principal = { operator: 'o@argus.example', scopes: mine, tenants: null, tokenId: mustId('token', `tok_${'a'.repeat(20)}`) };
  for (const preset of PRESETS) {
    const lacking = preset.scopes.filter((scope) => !isScope(scope) || !mayHandOn(principal, scope));
    if (lacking.length === 0) expect(whyNotGive(preset, mine)).toBeNull();
    else expect(whyNotGive(preset, mine)).toContain(lacking.join(', '));
  }
  expect(PRESETS.find((preset) => whyNotGive(preset, mine) === null)?.name).toBe({ owner: 'support-operator', admin: 'support-operator', operator: 'support-readonly', viewer: 'support-readonly' }[role]);
});

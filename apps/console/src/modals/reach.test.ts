import { expect, test } from 'vitest';
import { forTenants, reachBlock, reachProblem, tenantsOf } from './reach.ts';

const SEEN = ['BAKERY_NORTH', 'BAKERY_SOUTH'];
const only = (names: string) => ({ isNarrowed: true, names });

test('nothing is narrowed by silence: "only some" without one named cannot be sent', () => {
  for (const names of ['', ' ', ' , ']) expect(reachBlock(only(names), SEEN)).toBe('Say for which tenants.');
  expect(tenantsOf(only('BAKERY_NORTH, BAKERY_SOUTH BAKERY_NORTH'))).toEqual({ tenants: SEEN });
});

test('whoever chooses all sends none by name, whatever was typed before', () => {
  const all = { isNarrowed: false, names: 'NOBODY_HERE' };
  expect([reachBlock(all, SEEN), reachProblem(all, SEEN), tenantsOf(all)]).toEqual([null, null, {}]);
});

test('an id that is not among those one may see is never sent, and the field says which; half a known one is only not sent yet', () => {
  expect(reachProblem(only('BAKERY_NORTH BAKERI'), SEEN)).toBe('There is no tenant BAKERI that you may see.');
  expect([reachProblem(only('BAKERY_NORTH BAKERY_S'), SEEN), reachBlock(only('BAKERY_NORTH BAKERY_S'), SEEN)]).toEqual([null, 'There is no tenant BAKERY_S that you may see.']);
  expect(reachBlock(only('BAKERY_NORTH'), SEEN)).toBeNull();
  expect(reachBlock(only('ANY_ONE'), null)).toBeNull(); // what there is was not to be had: the server decides
});

test('what was made says for which tenants it is', () => {
  expect([forTenants('all'), forTenants(SEEN)]).toEqual(['for all tenants', 'only for BAKERY_NORTH, BAKERY_SOUTH']);
});

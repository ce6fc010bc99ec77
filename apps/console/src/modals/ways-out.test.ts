import { ERRORS } from '@argus/protocol/errors.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { matchPath } from '../hash.ts';
import { PAGES } from '../pages.ts';
import { wayOut } from './ways-out.ts';

const where = { tenant: mustId('tenant', 'BAKERY_NORTH'), agent: mustId('agent', 'agent_shop_01') };

test('who is refused for what can be mended in this console is led to a page there is', () => {
  const led = Object.keys(ERRORS).filter((code) => wayOut(code, where) !== null);
  expect(led.toSorted()).toEqual(['agent_offline', 'tenant_not_armed']);
  for (const code of led) expect(PAGES.some(({ path }) => matchPath(path, wayOut(code, where)?.path ?? '') !== null)).toBe(true);
  expect(wayOut(null, where)).toBeNull();
});

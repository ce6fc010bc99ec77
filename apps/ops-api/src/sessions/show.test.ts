import { manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { principalOf, sessionOf, START, TENANT, tenantOf } from '../../test/sample.ts';
import { makeSessions } from './show.ts';

/** Guarantee (I6): what others do neither shows in a list nor pushes anything out of it. */
test.each([
  ['a credential for one tenant asks for that one', [TENANT], [TENANT]],
  ['a credential for all asks for all', null, null],
])('%s', async (_what, tenants, asked) => {
  const seen: unknown[] = [];
  const use = makeSessions({
    clock: manualClock(START),
    tenants: { byId: async () => tenantOf() },
    sessions: { byId: async () => null, list: async (of) => (seen.push(of), [sessionOf({})]) },
    custody: { end: async () => true },
  });
  const listed = await use.list({ principal: principalOf({ tenants }), ip: '10.1.2.3' }, null);
  expect(listed.ok && listed.value.sessions).toHaveLength(1);
  expect(seen).toEqual([asked]);
});

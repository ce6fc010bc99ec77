import { ROLES, type Role } from '@argus/ops-api/people/roles.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { whyNoPage } from './can.ts';
import { PAGES } from './pages.ts';
import { hitsFor } from './shell/hits.ts';

const WORK = ['Tenants', 'Agents', 'Sessions', 'Audit', 'Alerts', 'System health', 'Access tokens', 'API calls'];
/** What the server answers each of them, by the table of http/walk.test.ts: every page on which it answers something, and no other. */
const LED_TO: readonly (readonly [role: Role, tenants: 'all' | 'one', pages: readonly string[]])[] = [
  ['owner', 'all', [...WORK, 'Auditor', 'Users']],
  ['owner', 'one', [...WORK, 'Users']],
  ['admin', 'all', [...WORK, 'Auditor', 'Users']],
  ['admin', 'one', [...WORK, 'Users']],
  ['operator', 'all', [...WORK, 'Auditor']],
  ['operator', 'one', WORK],
  ['viewer', 'all', [...WORK, 'Auditor']],
  ['viewer', 'one', WORK],
];
const whoIs = (role: Role, tenants: 'all' | 'one') => ({
  scopes: [...ROLES[role].scopes],
  user: { user_id: mustId('user', `usr_${'a'.repeat(20)}`), email: 'a@b.example', name: 'A', role, tenants: tenants === 'all' ? ('all' as const) : [mustId('tenant', 'SHOP_BERLIN')], state: 'active' as const, second_factor: true, locked: false, created_at: '', created_by: '', last_sign_in_at: null },
});

describe.each(LED_TO)('%s, bound to %s tenants', (role, tenants, pages) => {
  const who = whoIs(role, tenants);
  test('is led by the rail to all they may see, and to nothing else', () => {
    expect(PAGES.filter((row) => row.rail && whyNoPage(row, who) === null).map(({ title }) => title).toSorted()).toEqual([...pages].toSorted());
  });
  test('finds the same by the search', () => {
    const found = PAGES.filter(({ rail }) => rail).flatMap(({ title }) => hitsFor(title, { tenants: [], agents: [], sessions: [], docs: [], who }).filter((hit) => hit.title === title).map((hit) => hit.title));
    expect(found.toSorted()).toEqual([...pages].toSorted());
  });
});

test('only who may record a consent is shown the page of it, and who may not reads why', () => {
  const page = PAGES.find(({ path }) => path === '/tenants/:tenant/consent/record') ?? expect.unreachable();
  expect(LED_TO.filter(([role, tenants]) => whyNoPage(page, whoIs(role, tenants)) === null).map(([role]) => role)).toEqual(['owner', 'owner', 'admin', 'admin']);
  expect(whyNoPage(page, whoIs('operator', 'all'))).toContain('consent:write');
});

import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { HITS_MAX, hitsFor } from './hits.ts';

const tenant = { id: mustId('tenant', 'BAKERY_NORTH'), name: 'Bakery North' };
const agent = { id: mustId('agent', 'agent_oven_display'), tenant_id: tenant.id };
const docs = [
  { address: '/docs/remote-support/consent', page: 'Consent', heading: 'Consent' },
  { address: '/docs/remote-support/consent#withdraw', page: 'Consent', heading: 'Withdraw it' },
  { address: '/docs/guides/agents', page: 'Agents in a bakery', heading: 'Agents in a bakery' },
];
type Among = Parameters<typeof hitsFor>[1];
const seen = (scopes: readonly string[]) => ({ scopes, user: { tenants: 'all' } }) as unknown as Among['who']; // what a page is shown by
const among = { tenants: [tenant], agents: [agent], sessions: [], docs, who: seen(['tenants:read']) } as unknown as Among; // what is looked at of them
const titles = (asked: string) => hitsFor(asked, among).map(({ kind, title }) => `${kind} ${title}`);
const theDocs = (asked: string) => `Docs Search the docs for “${asked}”`;

test('every word has to be somewhere: in a title, or in what stands beside it', () => {
  expect(titles('bakery oven')).toEqual(['Agent agent_oven_display', theDocs('bakery oven')]);
  expect(titles('nothing is called so')).toEqual([theDocs('nothing is called so')]);
});

test('pages of the console are found by those who may see them', () => {
  expect(titles('audit')).not.toContain('Page Audit');
  expect(titles('profile')).toContain('Page Profile');
  expect(titles('enroll')).not.toContain('Page Enroll a machine');
  expect(hitsFor('audit', { ...among, who: seen(['logs:read']) }).map(({ title }) => title)).toContain('Audit');
});

test('the docs are found by their headings, behind what they tell about, and not before somebody types', () => {
  expect(titles('agent')).toEqual(['Page Agents', 'Agent agent_oven_display', 'Docs Agents in a bakery', theDocs('agent')]);
  expect(hitsFor('withdraw consent', among)[0]).toEqual({ docs: true, kind: 'Docs', title: 'Withdraw it', more: 'Consent', path: '/docs/remote-support/consent#withdraw' });
  expect(hitsFor(' kill  SWITCH&', among)).toEqual([{ docs: true, kind: 'Docs', title: 'Search the docs for “kill switch&”', more: '', path: '/docs/search?q=kill%20switch%26' }]);
  expect(titles('')).not.toContain('Docs Consent');
});

test('a secret that somebody pasted leads to no address of the docs', () => expect(hitsFor(`pat_${'a'.repeat(43)}`, among)).toEqual([]));

test('there are never more than fit', () => {
  expect(hitsFor('a', { ...among, docs: Array.from({ length: 100 }, (_, n) => ({ address: `/docs/${n}`, page: 'A', heading: `A ${n}` })) })).toHaveLength(HITS_MAX + 1);
});

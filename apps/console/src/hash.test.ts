import { expect, test } from 'vitest';
import { matchPath, placeOf } from './hash.ts';

test('a hash is a path and what is asked of it', () => {
  expect(placeOf('#/agents?q=lobby&state=online')).toMatchObject({ path: '/agents' });
  expect(placeOf('#/agents?q=lobby').query.get('q')).toBe('lobby');
  expect(placeOf('').path).toBe('/');
  expect(placeOf('#javascript:alert(1)').path).toBe('/');
});

test.each([
  ['/agents', '/agents', {}],
  ['/agents', '/agents/', {}],
  ['/agents/:agent', '/agents/agent_kiosk_02', { agent: 'agent_kiosk_02' }],
  ['/agents/:agent', '/agents/a%2Fb', { agent: 'a/b' }],
  ['/agents/:agent', '/agents', null],
  ['/agents/:agent', '/agents/', null],
  ['/agents/:agent', '/agents/%E0%A4%A', null],
  ['/agents/:agent', '/agents/a/b', null],
  ['/agents', '/tenants', null],
] as const)('%s names in %s %j', (pattern, path, named) => {
  expect(matchPath(pattern, path)).toEqual(named);
});

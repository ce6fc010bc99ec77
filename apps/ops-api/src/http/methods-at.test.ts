import { expect, test } from 'vitest';
import { createMethodsAt } from './methods-at.ts';

const { at, mistaken } = createMethodsAt([
  { path: '/tenants', methods: ['GET', 'POST'] },
  { path: '/tenants/:tenant', methods: ['GET', 'PUT'] },
  { path: '/tenants/new', methods: ['PUT'] },
  { path: '/tenants/:tenant/log/:size', methods: ['GET'] },
  { path: '/llms.txt', methods: ['GET', 'HEAD'] },
  { path: '/docs', methods: ['GET'] },
  { path: '/docs/*', methods: ['GET', 'HEAD'] },
]);

test.each([
  ['/tenants', '/tenants'], ['/tenants?x=/docs', '/tenants'], ['/tenants/t1/log/9', '/tenants/:tenant/log/:size'], ['/docs/a/b%2f', '/docs/*'], ['/docs/', '/docs/*'], ['/llms.txt', '/llms.txt'],
])('%s is an address of %s', (url, path) => expect(at(url)?.path).toBe(path));

test.each(['/', '', '/tenants/', '/Tenants', '/tenantsx', 'x/tenants', '/tenants/t1/log/', '/tenants/t1/x/log/9', '/llmsxtxt', '/docsx', `/${'tenants/'.repeat(10_000)}`, '/__proto__', '/%'])('%.40j is no address of ours', (url) => expect(at(url)).toBe(null));

test('a path that reads like a name in another one is told from it, and takes its own methods', () => {
  expect(mistaken()).toEqual([{ path: '/tenants/new', methods: ['GET'] }]);
  expect(at('/tenants/new')).toEqual({ path: '/tenants/new', methods: ['PUT'] });
});

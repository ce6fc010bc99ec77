import { expect, test } from 'vitest';
import { createTestApi, OUTSIDE } from '../../test/api.ts';
import { CONSOLE_CSP } from './console.ts';

const FILES = [
  { name: 'index.html', text: '<!doctype html><title>Argus</title>' },
  { name: 'console-ABCD1234.js', text: 'export {};' },
  { name: 'worker.js', text: '0;' },
  { name: 'app.webmanifest', text: '{}' },
  { name: 'icon.svg', text: '<svg xmlns="http://www.w3.org/2000/svg"/>' },
  { name: 'console-ABCD1234.js.map', text: 'nothing for strangers' },
];
const world = () => createTestApi({ console: () => FILES });

test('the page is at the root, its files below /console, and anybody may have them', async () => {
  const { http, api } = world();
  const page = await http.inject({ url: '/', headers: { 'x-forwarded-for': OUTSIDE } });
  expect([page.statusCode, page.headers['content-type'], page.headers['cache-control'], page.body]).toEqual([200, 'text/html; charset=utf-8', 'no-cache', FILES[0]?.text]);
  const script = await http.inject('/console/console-ABCD1234.js');
  expect([script.statusCode, script.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
  expect((await http.inject('/console/icon.svg')).headers['cache-control']).toBe('no-cache');
  expect((await http.inject({ url: '/', headers: { 'if-none-match': String(page.headers.etag) } })).statusCode).toBe(304);
  await api.close();
});

test('the policy lets nothing run but our own files, and makes no markup of text', async () => {
  const { http, api } = world();
  const { headers } = await http.inject('/');
  expect(headers['content-security-policy']).toBe(CONSOLE_CSP);
  expect(CONSOLE_CSP.match(/[a-z-]+ [^;]*blob:/g)).toEqual(["img-src 'self' blob:"]); // the picture of a camera, and nothing that runs
  expect(CONSOLE_CSP).not.toMatch(/unsafe|\*|data:|https?:/);
  expect(CONSOLE_CSP).toMatch(/; worker-src 'self';.*require-trusted-types-for 'script'; trusted-types argus-checker argus-worker$/); // each made once, for one address
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cross-origin-opener-policy': 'same-origin' });
  await api.close();
});

test('the worker may keep the page, and says who it is each time; no other file may be one for it', async () => {
  const { http, api } = world();
  const worker = await http.inject('/console/worker.js');
  expect([worker.statusCode, worker.headers['service-worker-allowed'], worker.headers['cache-control']]).toEqual([200, '/', 'no-cache']);
  expect((await http.inject('/console/console-ABCD1234.js')).headers).not.toHaveProperty('service-worker-allowed');
  expect((await http.inject('/console/app.webmanifest')).headers['content-type']).toBe('application/manifest+json; charset=utf-8');
  await api.close();
});

test.each(['/console/', '/console/index.html', '/console/../index.html', '/console/..%2findex.html', '/console/%2e%2e/package.json', '/console/console-ABCD1234.js.map', '/console/icon.svg%00', '/console//icon.svg', '/console/ICON.svg'])(
  'there is nothing at %s',
  async (url) => {
    const { http, api } = world();
    const answer = await http.inject(url);
    expect([answer.statusCode, answer.json()['code']]).toEqual([404, 'not_found']);
    await api.close();
  },
);

test('nothing is sent to it, and a secret in its address is refused', async () => {
  const { http, api } = world();
  expect((await http.inject({ method: 'POST', url: '/' })).statusCode).toBe(405);
  expect((await http.inject(`/?token=pat_${'p'.repeat(43)}`)).json()).toMatchObject({ code: 'secret_in_address' });
  await api.close();
});

test('a server that was given none says that nothing is here', async () => {
  const { http, api } = createTestApi();
  expect((await http.inject('/')).json()).toMatchObject({ code: 'not_found' });
  await api.close();
});

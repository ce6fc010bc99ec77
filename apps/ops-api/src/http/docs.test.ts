/** The pages as anybody gets them, and what somebody tries who wants more than pages. */
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import { newPat } from '@argus/keys/secrets.ts';
import { deny, ERRORS, toProblem, type ErrorCode } from '@argus/protocol/errors.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi, OPS_TOKEN, OUTSIDE } from '../../test/api.ts';
import { seededRandom } from '../../test/sample.ts';
import { tagsOf } from '../../test/well-formed.ts';
import { CSP } from './docs.ts';

let world: ReturnType<typeof createTestApi>;
beforeAll(() => (world = createTestApi({ between: (stores) => new Proxy(stores, { get: (of, name) => (isWatched ? expect.fail(`a page asked the store ${String(name)}`) : Reflect.get(of, name)) }) })));
afterAll(() => world.api.close());
beforeAll(async () => (origin = await world.http.listen({ port: 0, host: '127.0.0.1' })));
let origin = '';
let isWatched = false;
const get = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' | 'POST' | 'OPTIONS' = 'GET') => world.http.inject({ method, url, headers: { 'x-forwarded-for': OUTSIDE, ...headers } });

test.each(['/docs', '/docs/remote-support', '/docs/remote-support/arm-disarm', '/docs/remote-support/remote-in', '/docs/remote-support/camera-live-view', '/docs/remote-support/revoke', '/docs/remote-support/security-model', '/docs/cli/tenant', '/docs/cli/agent', '/docs/cli/support', '/docs/reference/errors', '/docs/search?q=camera', '/docs/nothing'])(
  '%s is a page: typed, under a policy that lets nothing of others in, framed by nobody',
  async (url) => {
    const { statusCode, headers, body } = await get(url);
    expect([statusCode, headers['content-type'], headers['content-security-policy'], headers['x-content-type-options']]).toEqual([url === '/docs/nothing' ? 404 : 200, 'text/html; charset=utf-8', CSP, 'nosniff']);
    expect(tagsOf(body).filter(({ name }) => name === 'h1')).toHaveLength(1);
  },
);

test('the policy lets no script and no style stand in a page, and no page has any', async () => {
  expect(CSP).toBe("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
  const tags = tagsOf((await get('/docs/remote-support')).body);
  expect(tags.filter(({ name, text }) => name === 'style' || (name === 'script' && text.trim() !== ''))).toEqual([]);
  expect(tags.flatMap(({ attributes }) => attributes).filter(([name]) => /^on|^style$/.test(name))).toEqual([]);
});

/** Guarantee: the address in a refusal leads to the place where its code is explained, from wherever it was refused. */
test('the type of every problem is a place on a page of this server', async () => {
  const ids = tagsOf((await get('/docs/reference/errors')).body).flatMap(({ attributes }) => attributes.filter(([name]) => name === 'id').map(([, value]) => value));
  for (const code of Object.keys(ERRORS) as ErrorCode[]) { // Object.keys loses the literal types
    const [url, anchor] = toProblem(deny(code), 'req_x').type.split('#');
    expect([url, ids.filter((id) => id === anchor)]).toEqual(['/docs/reference/errors', [code]]);
  }
});

test.each([['/docs/guides/first-steps.md', 'text/markdown; charset=utf-8', '---\ntitle: '], ['/docs/index.md', 'text/markdown; charset=utf-8', '---\ntitle: '], ['/docs/adr.md', 'text/markdown; charset=utf-8', '---\ntitle: '], ['/llms.txt', 'text/plain; charset=utf-8', '# Argus\n'], ['/sitemap.md', 'text/markdown; charset=utf-8', '# All pages'], ['/agents.md', 'text/markdown; charset=utf-8', '# For programs'], ['/robots.txt', 'text/plain; charset=utf-8', 'User-agent: *\n'], ['/docs/pictures/gates.svg', 'image/svg+xml', '<svg ']])(
  '%s is a text for programs',
  async (url, type, begins) => {
    const { statusCode, headers, body } = await get(url);
    expect([statusCode, headers['content-type'], body.slice(0, begins.length)]).toEqual([200, type, begins]);
  },
);

/** Over a socket, so that every byte arrives as it stands here. */
async function rawGet(target: string): Promise<string> {
  const { port } = new URL(origin);
  const socket = createConnection(Number(port), '127.0.0.1');
  let said = '';
  socket.setEncoding('utf8').on('data', (text: string) => (said += text));
  socket.end(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
  return said;
}

test.each([
  '/docs/../package.json', '/docs/../../package.json', '/docs/..//..//package.json', '//docs/../package.json', 'http://x/docs/../package.json', '/docs/..%2fpackage.json', '/docs/%2e%2e/package.json', '/docs/%2e%2e%2f%2e%2e%2fetc%2fpasswd', '/docs/..\\..\\package.json', '/docs/..%5c..%5cpackage.json',
  '/docs/guides/../../AGENTS.md', '/docs/./guides/first-steps', '/docs//guides/first-steps', '/docs/guides/first-steps%00', '/docs/guides/first-steps%00.md', '/docs/%00', '/docs/guides%2ffirst-steps', '/docs//etc/passwd', '/docs/file:///etc/passwd', '/docs/guides/first-steps.ts', '/docs/assets/site.css',
  '/docs/assets/../site.ts', '/docs/.git/config', '/docs/constructor', '/docs/__proto__', '/docs/toString', '/docs/guides', '/docs/assets/', '/docs/Guides/first-steps', '/docs/guides/first-steps;x', '/docs/%252e%252e/package.json', '/docs/%c0%ae%c0%ae/package.json', '/docs/\u00e9', '/docs/%', `/docs/${'a/'.repeat(2_000)}`,
])('%.80s is no page, and no file either', async (target) => {
  const said = await rawGet(target);
  expect(said).toMatch(/^HTTP\/1\.1 40[04] /);
  expect(said).not.toMatch(/"workspaces"|root:|# The repository|scroll-padding-top|No description/);
});

/** Guarantee: whoever searches without end does not take the time of those who came for something else. */
test('twenty searches a second are answered, the next is told to come back; pages are read meanwhile', async () => {
  await world.clock.advance(1_000);
  const codes: number[] = [];
  for (let n = 0; n < 21; n++) codes.push((await get(`/docs/search?q=word${n}`)).statusCode);
  expect([codes.filter((code) => code === 200).length, codes.at(-1)]).toEqual([20, 429]);
  expect((await get('/docs/search?q=camera')).headers['retry-after']).toBe('1');
  expect((await get('/docs')).statusCode).toBe(200);
  await world.clock.advance(1_000);
  expect((await get('/docs/search?q=camera')).statusCode).toBe(200);
});

test.each(['/docs?token=', '/docs/search?q=', '/llms.txt?'])('a secret in %s… is refused, and not repeated', async (url) => {
  const pat = newPat(seededRandom('docs'));
  const { statusCode, body } = await get(`${url}${pat}`);
  expect([statusCode, body.includes(pat), JSON.parse(body)]).toEqual([ERRORS.secret_in_address.status, false, expect.objectContaining({ code: 'secret_in_address' })]);
});

test('what somebody looks for comes back as text, and longer than 100 letters not at all', async () => {
  const hostile = '"><script>alert(1)</script> camera';
  const { body } = await get(`/docs/search?q=${encodeURIComponent(hostile)}`);
  expect(tagsOf(body).flatMap(({ name, attributes }) => (name === 'input' ? attributes.filter(([attribute]) => attribute === 'value') : []))).toEqual([['value', '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt; camera']]);
  expect((await get(`/docs/search?q=${'word '.repeat(200)}`)).body).not.toContain('word '.repeat(21));
  expect((await get('/docs/search?q=%zz&q=b')).statusCode).toBe(200);
});

test('without a script the form finds what is there, the page of that name first', async () => {
  const { body, headers } = await get('/docs/search?q=arm+and+disarm');
  expect(tagsOf(body.slice(body.indexOf('<ol class="hits">'), body.indexOf('</ol>') + 5)).find(({ name }) => name === 'a')?.attributes).toEqual([['href', '/docs/remote-support/arm-disarm']]);
  expect(headers['cache-control']).toBe('no-store');
  expect((await get('/docs/search?q=zebra+stripes')).body).toContain('No page has all of these words');
});

test('a page is asked about each time, and sent once; what is named by its content is kept for good', async () => {
  const page = await get('/docs/remote-support');
  expect(page.headers['cache-control']).toBe('no-cache');
  expect(await get('/docs/remote-support', { 'if-none-match': String(page.headers.etag) })).toMatchObject({ statusCode: 304, body: '' });
  const style = /href="(\/docs\/assets\/site-[0-9a-f]{10}\.css)"/.exec(page.body)?.[1] ?? expect.fail('no style');
  expect(await get(style)).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'public, max-age=31536000, immutable', 'content-type': 'text/css; charset=utf-8' } });
  expect((await get(style.replace(/[0-9a-f]{10}/, '0123456789'))).statusCode).toBe(404);
});

test('packed for whoever takes it packed, with a tag of its own', async () => {
  const [plain, packed] = [await get('/docs/remote-support'), await get('/docs/remote-support', { 'accept-encoding': 'br, gzip' })];
  expect([packed.headers['content-encoding'], packed.headers['vary'], plain.headers['vary'], gunzipSync(packed.rawPayload).toString() === plain.body]).toEqual(['gzip', 'accept-encoding', 'accept-encoding', true]);
  expect(packed.headers.etag).not.toBe(plain.headers.etag);
  expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 2);
});

test('HEAD says what GET would, and nothing else is taken', async () => {
  const [head, whole] = [await get('/docs', {}, 'HEAD'), await get('/docs')];
  expect([head.statusCode, head.body, head.headers['content-length'], head.headers.etag]).toEqual([200, '', whole.headers['content-length'], whole.headers.etag]);
  for (const method of ['POST', 'OPTIONS'] as const) expect(await get('/docs', {}, method)).toMatchObject({ statusCode: 405, headers: { allow: 'GET, HEAD' } });
});

test('a slash too many leads to the page, and only to one that is there', async () => {
  expect(await get('/docs/')).toMatchObject({ statusCode: 308, headers: { location: '/docs' } });
  expect(await get('/docs/remote-support//')).toMatchObject({ statusCode: 308, headers: { location: '/docs/remote-support' } });
  for (const url of ['/docs//evil.example/', '//evil.example/docs/', '/docs/nothing/']) expect((await get(url)).statusCode, url).toBe(404);
});

/** Guarantee: pages work when nothing else does, and tell nobody apart. */
test('no page asks a store, looks at a credential or leaves a row in the record of calls', async () => {
  const pat = await world.newToken(['tenants:read']);
  isWatched = true;
  const answers = await Promise.all(['/docs', '/docs/search?q=log', '/llms.txt'].flatMap((url) => [get(url), get(url, { authorization: `Bearer ${pat}`, 'x-argus-ops-token': OPS_TOKEN })]));
  isWatched = false;
  const bare = ({ headers: { 'x-request-id': _id, date: _date, ...headers }, body, statusCode }: (typeof answers)[number]) => ({ headers, body, statusCode });
  for (let n = 0; n < answers.length; n += 2) expect(bare(answers[n + 1] ?? expect.unreachable())).toEqual(bare(answers[n] ?? expect.unreachable()));
});

test('every answer counts under an address of the table, never under what was typed', async () => {
  await get('/docs/some/secret-looking/path');
  const { body } = await world.http.inject({ url: '/metrics', remoteAddress: '127.0.0.1' });
  expect(body).toMatch(/argus_http_requests_total\{route="\/docs\/\*",method="GET",status="404"\}/);
  expect(body).not.toContain('secret-looking');
});

test('a server without the files says that there is no such page, and goes on', async () => {
  const { http, api } = createTestApi({ docs: () => ({ pages: [], pictures: [], assets: [] }) });
  expect((await http.inject('/docs')).statusCode).toBe(404);
  expect((await http.inject('/llms.txt')).statusCode).toBe(200);
  await api.close();
});

/** Guarantee: nobody holds the server up with an address that is long and odd: it costs what any long address does. */
test('an address full of slashes costs no more than one full of letters', async () => {
  const fastest = async (url: string) => {
    const took: number[] = [];
    for (let i = 0; i < 5; i++) {
      const began = performance.now();
      expect((await get(url)).statusCode).toBe(404);
      took.push(performance.now() - began);
    }
    return Math.min(...took);
  };
  const letters = await fastest(`/docs/${'a'.repeat(15_000)}`);
  expect((await fastest(`/docs${'/'.repeat(15_000)}x`)) / letters).toBeLessThan(10);
});

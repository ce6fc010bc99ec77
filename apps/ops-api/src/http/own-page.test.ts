import { mustId } from '@argus/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { bringsCookie, readLoginCookie } from './cookie.ts';
import { pageProblem, signInProblem, type Sent } from './own-page.ts';

const TOKEN = mustId('csrfToken', `csr_${'t'.repeat(43)}`);
const good: Sent = { method: 'POST', origin: 'https://argus.example', fetchSite: 'same-origin', csrf: TOKEN, ownOrigins: ['https://argus.example'] };
const says = (over: Partial<Sent>) => pageProblem({ ...good, ...over }, TOKEN)?.code ?? 'ours';

describe('a request that changes something', () => {
  test('from our own page, with its token, is ours', () => expect(says({})).toBe('ours'));
  test.each([
    ['another origin', { origin: 'https://evil.example' }], ['no origin to speak of', { origin: 'null' }], ['our name over plain http', { origin: 'http://argus.example' }],
    ['our name on another port', { origin: 'https://argus.example:8443' }], ['a name that begins like ours', { origin: 'https://argus.example.evil.example' }],
    ['another site, by the browser\'s own word', { fetchSite: 'cross-site' }], ['a neighbour of our site', { fetchSite: 'same-site' }], ['typed into the bar', { fetchSite: 'none' }],
    ['nothing said at all', { origin: undefined, fetchSite: undefined }],
  ] as const)('from %s is foreign', (_what, over) => expect(says(over)).toBe('foreign_origin'));
  test.each([['none', undefined], ['an empty one', ''], ['another one', `csr_${'u'.repeat(43)}`], ['half of it', TOKEN.slice(0, 20)]])('with %s for a token is refused', (_what, csrf) => expect(says({ csrf })).toBe('csrf_refused'));
  test.each(['PUT', 'DELETE', 'PATCH', 'post', 'PROPFIND'])('is anything but a look: %s', (method) => expect(says({ method, csrf: undefined })).toBe('csrf_refused'));
});

describe('a look', () => {
  test('needs no token, may be typed into the bar, and may say nothing', () => {
    for (const over of [{}, { fetchSite: 'none', origin: undefined }, { fetchSite: undefined, origin: undefined }]) expect(says({ method: 'GET', csrf: undefined, ...over })).toBe('ours');
  });
  test('from another page is foreign', () => {
    for (const over of [{ fetchSite: 'cross-site' }, { fetchSite: 'same-site' }, { origin: 'https://evil.example' }]) expect(says({ method: 'GET', ...over })).toBe('foreign_origin');
  });
});

test('who is about to sign in may be a program, and no other page', () => {
  expect(signInProblem({ ...good, origin: undefined, fetchSite: undefined, csrf: undefined })).toBeNull();
  expect(signInProblem({ ...good, csrf: undefined })).toBeNull();
  expect(signInProblem({ ...good, origin: 'https://evil.example' })?.code).toBe('foreign_origin');
});

describe('the cookie', () => {
  const secret = `lgs_${'s'.repeat(43)}`;
  test('is read under the one name that is in use', () => {
    expect(readLoginCookie(`a=1; __Host-argus_login=${secret}; b=2`, 'secure')).toBe(secret);
    expect(readLoginCookie(`argus_login_over_plain_http=${secret}`, 'secure')).toBeNull();
    expect(readLoginCookie(`__Host-argus_login=${secret}`, 'plain')).toBeNull();
  });
  test.each(['', '__Host-argus_login', '__Host-argus_login=', `__Host-argus_login="${secret}"`, `__Host-argus_login=${secret}x`, `x__Host-argus_login=${secret}`, `__host-argus_login=${secret}`])('is none in %j', (header) => expect(readLoginCookie(header, 'secure')).toBeNull());
  test('is none when there are two: one of them is somebody else\'s', () => expect(readLoginCookie(`__Host-argus_login=${secret}; __Host-argus_login=lgs_${'m'.repeat(43)}`, 'secure')).toBeNull());
  test('shows by its name, whole or not', () => {
    for (const header of [`__Host-argus_login=x`, `a=b; argus_login_over_plain_http=`]) expect(bringsCookie(header)).toBe(true);
    for (const header of [undefined, '', 'a=__Host-argus_login', 'my__Host-argus_login=1']) expect(bringsCookie(header)).toBe(false);
  });
});

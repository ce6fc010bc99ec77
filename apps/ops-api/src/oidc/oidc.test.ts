import { manualClock, systemClock } from '@argus/kit/clock.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { atTheEndOfTheFile } from '@argus/testkit/end-of-file.ts';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestApi, INSIDE, QUICK } from '../../test/api.ts';
import { ANA_THERE, browse, CLIENT, runProvider, type RunningProvider } from '../../test/oidc.ts';
import { headersOf, makePerson } from '../../test/people.ts';
import { oidcOverHttp } from '../adapters/oidc/over-http.ts';
import { ADDRESS_TURNS } from '../people/sign-in-limits.ts';
import { placeOf, readPlaces, type GroupPlace } from './places.ts';
import { ATTEMPT_MS, returnPlace } from './sign-in.ts';

/** AUTH_MODE=oidc, with a provider that is not ours: who comes back is who they say, in the browser that went, once; and may do what their groups say. */
const PUBLIC_URL = 'https://argus.example';
const CALLBACK = `${PUBLIC_URL}/v1/auth/oidc/callback`;
const places = (text = 'argus-owners=owner,argus-ops=operator,argus-berlin=viewer:SHOP_BERLIN'): readonly GroupPlace[] => {
  const read = readPlaces(text.split(','));
  return read.ok ? read.value : expect.fail(read.error);
};

let there: RunningProvider;
beforeAll(async () => {
  there = await runProvider(CALLBACK);
  atTheEndOfTheFile(there.close);
});
beforeEach(() => void (there.person = { ...ANA_THERE, sub: 'ana-there' }));

type Came = { readonly status: number; readonly code: string | undefined; readonly to: string; readonly secret: string; readonly cookies: readonly string[] };
function world({ groups, issuer = there.issuer }: { groups?: string; issuer?: string } = {}) {
  const clock = manualClock(systemClock.now());
  const [http, asked] = [oidcOverHttp({ fetch, clock: systemClock }), [] as string[]];
  const oidc = { settings: { issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret, groupsClaim: 'groups', scopes: ['groups'] }, places: places(groups), http: { ask: (request: Parameters<typeof http.ask>[0]) => (asked.push(request.url), http.ask(request)) } };
  const test = createTestApi({ clock, people: { mode: 'oidc', publicUrl: PUBLIC_URL, passwordCost: QUICK, cookie: 'plain', oidc } });
  const get = (path: string, cookie?: string) => test.http.inject({ method: 'GET', url: `/v1${path}`, headers: { 'x-forwarded-for': INSIDE, ...(cookie !== undefined && { cookie }) } });
  async function begin(query = ''): Promise<{ readonly url: string; readonly cookie: string; readonly status: number }> {
    const answer = await get(`/auth/oidc/begin${query}`);
    return { status: answer.statusCode, url: answer.headers.location ?? '', cookie: /^[^;]+/.exec([answer.headers['set-cookie']].flat()[0] ?? '')?.[0] ?? '' };
  }
  async function back(search: string, cookie?: string): Promise<Came> {
    const answer = await get(`/auth/oidc/callback${search}`, cookie);
    const cookies = [answer.headers['set-cookie'] ?? []].flat();
    return { status: answer.statusCode, code: answer.statusCode < 400 ? undefined : answer.json<{ code: string }>().code, to: answer.headers.location ?? '', secret: /=(lgs_[^;]+)/.exec(cookies.join('\n'))?.[1] ?? '', cookies };
  }
  async function signIn(query = ''): Promise<Came> {
    const { url, cookie } = await begin(query);
    return back((await browse(url, CALLBACK)).search, cookie);
  }
  const login = async ({ secret }: Came) => (await test.http.inject({ method: 'GET', url: '/v1/auth/login', headers: { 'x-forwarded-for': INSIDE, ...headersOf(secret) } })).json<{ code?: string; user?: Record<string, unknown> }>();
  const entries = () => test.memory.rows('operator').map(({ bytes }) => JSON.parse(bytes) as { type: string; code?: string; reason: string; operator: string });
  return { ...test, clock, asked, begin, back, signIn, login, entries };
}

test('somebody in a group that means something is signed in, made a user, and led to where they wanted to go', async () => {
  const w = world();
  const came = await w.signIn('?return_to=/sessions');
  expect([came.status, came.to]).toEqual([302, '/#/sessions']);
  expect(await w.login(came)).toMatchObject({ user: { email: 'ana@argus.example', name: 'Ana', role: 'operator', tenants: 'all', created_by: 'identity provider' } });
  expect(came.cookies).toEqual([expect.stringMatching(/^argus_attempt_over_plain_http=; .*Max-Age=0$/), expect.stringMatching(/^argus_login_over_plain_http=lgs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict/)]);
  expect(w.entries().at(-1)).toMatchObject({ type: 'user_joined', operator: 'ana@argus.example' });
  const again = await w.signIn();
  expect([again.to, (await w.memory.users.list(null, 10)).length, w.entries().at(-1)?.type]).toEqual(['/#/', 1, 'signed_in']);
});

/** Guarantee: an answer opens something once, in the browser that asked, and in time. */
describe('an answer of the provider', () => {
  test('in another browser, without its cookie, or with a cookie that was changed, signs nobody in', async () => {
    const w = world();
    const [mine, theirs] = [await w.begin(), await w.begin()];
    const { search } = await browse(mine.url, CALLBACK);
    const longer = mine.cookie.replace(/\.(\d{13})\./, (_, until: string) => `.${Number(until) + 1}.`);
    for (const cookie of [undefined, theirs.cookie, longer, `${mine.cookie}x`, `${mine.cookie}; ${theirs.cookie}`, mine.cookie.replace('_over_plain_http', '')]) expect(await w.back(search, cookie)).toMatchObject({ status: 403, code: 'provider_refused', secret: '' });
    expect((await w.back(search, mine.cookie)).status).toBe(302);
  });
  test('counts once, also when it comes twice at once', async () => {
    const w = world();
    const { url, cookie } = await w.begin();
    const { search } = await browse(url, CALLBACK);
    const came = await Promise.all([w.back(search, cookie), w.back(search, cookie)]);
    expect(came.map(({ status }) => String(status)).toSorted()).toEqual(['302', '403']);
    expect((await w.back(search, cookie)).code).toBe('provider_refused');
  });
  test('spends its attempt also when it says no: nothing comes after it', async () => {
    const w = world();
    const { url, cookie } = await w.begin();
    const { searchParams } = await browse(url, CALLBACK);
    const no = new URLSearchParams([['state', searchParams.get('state') ?? ''], ['iss', there.issuer], ['error', 'access_denied']]);
    expect([(await w.back(`?${no.toString()}`, cookie)).code, (await w.back(`?${searchParams.toString()}`, cookie)).code]).toEqual(['provider_refused', 'provider_refused']);
    expect(w.entries().at(-1)?.reason).toBe('identity provider: the attempt was used before');
  });
  test('counts for ten minutes', async () => {
    const w = world();
    const { url, cookie } = await w.begin();
    const { search } = await browse(url, CALLBACK);
    await w.clock.advance(ATTEMPT_MS);
    expect((await w.back(search, cookie)).code).toBe('provider_refused');
    expect(w.entries().at(-1)?.reason).toBe('identity provider: no_attempt');
  });
  test.each<[string, (search: URLSearchParams) => void]>([
    ['with another state', (search) => search.set('state', 'x'.repeat(43))],
    ['without a state', (search) => search.delete('state')],
    ['without a code', (search) => search.delete('code')],
    ['with a code of nobody', (search) => search.set('code', 'x'.repeat(43))],
    ['of another issuer', (search) => search.set('iss', 'https://evil.test')],
    ['without its issuer', (search) => search.delete('iss')],
    ['that says no', (search) => search.set('error', 'access_denied')],
  ])('%s signs nobody in, and is on record without what was in it', async (_how, change) => {
    const w = world();
    const { url, cookie } = await w.begin();
    const { searchParams } = await browse(url, CALLBACK);
    const code = searchParams.get('code') ?? '';
    change(searchParams);
    expect(await w.back(`?${searchParams.toString()}`, cookie)).toMatchObject({ status: 403, code: 'provider_refused', secret: '' });
    expect(w.entries().at(-1)).toMatchObject({ type: 'sign_in_refused', code: 'provider_refused' });
    expect(JSON.stringify([w.memory.rows('operator').map((row) => [row.audit, row.bytes]), w.said])).not.toContain(code);
  });
});

describe('a place to return to', () => {
  test.each([undefined, '', 'https://evil.test', '//evil.test', '/\\evil.test', 'javascript:alert(1)', '/a b', '/%0d%0aset-cookie', '/a\r\nb', '/?x=https://evil.test', '/?x=%0d%0a', '/?a=1?b=2', '/?', `/${'a'.repeat(300)}`, `/?${'a'.repeat(301)}`, '/@evil.test'])('%j leads to the beginning of the console', (asked) => expect(returnPlace(asked)).toBe('/'));
  test('is one of the console, and whatever it is, stays on this server', async () => {
    const places = ['/', '/sessions/rss_abc', '/tenants/UTD_7ELEVEN_001', `/handoff?challenge=${'A'.repeat(43)}&port=4711&state=${'_-'.repeat(21)}A&name=argusctl+on+desk-01.example`];
    expect(places.map(returnPlace)).toEqual(places);
    expect((await world().signIn(`?return_to=${encodeURIComponent('//evil.test')}`)).to).toBe('/#/');
  });
});

describe('what somebody may do', () => {
  test('follows from their groups at each sign-in, and what they had open before ends when it changes', async () => {
    const w = world();
    const before = await w.signIn();
    there.person = { ...there.person, groups: ['argus-berlin'] };
    const after = await w.signIn();
    expect((await w.login(after)).user).toMatchObject({ role: 'viewer', tenants: ['SHOP_BERLIN'] });
    expect([(await w.login(before)).code, w.entries().at(-1)?.type]).toEqual(['unauthenticated', 'user_changed']);
    const once = await w.signIn();
    expect([(await w.login(after)).code, (await w.login(once)).code]).toEqual([undefined, undefined]); // nothing changed: nothing ended
  });
  test.each<[string, unknown]>([['in no group', []], ['in groups that mean nothing here', ['staff', 'argus-ops-2', 'ARGUS-OPS']], ['without that claim', undefined]])('%s, somebody is nobody: no user is made', async (_how, groups) => {
    const w = world();
    there.person = { ...there.person, groups };
    expect((await w.signIn()).code).toBe('provider_refused');
    expect(await w.memory.users.list(null, 10)).toEqual([]);
  });
  test('taken out of their groups, somebody who was here does not come in again', async () => {
    const w = world();
    await w.signIn();
    there.person = { ...there.person, groups: ['staff'] };
    expect((await w.signIn()).code).toBe('provider_refused');
  });
  test('of several groups the mightiest counts, with the tenants of those that give it', () => {
    const known = places('a=viewer,b=operator:SHOP_BERLIN,c=operator:SHOP_PARIS+SHOP_BERLIN,d=operator');
    const place = (...groups: string[]) => placeOf(groups, known);
    expect([place('a'), place('a', 'b'), place('b', 'c'), place('b', 'd'), place('z'), place()]).toEqual([{ role: 'viewer', tenants: null }, { role: 'operator', tenants: ['SHOP_BERLIN'] }, { role: 'operator', tenants: ['SHOP_BERLIN', 'SHOP_PARIS'] }, { role: 'operator', tenants: null }, null, null]);
  });
  test.each(['ops', 'ops=', 'ops=god', '=owner', 'ops=viewer:', 'ops=viewer:berlin', 'ops=viewer:SHOP_BERLIN+', 'ops=viewer:SHOP_BERLIN;SHOP_PARIS', 'a=b=owner'])('%j is no entry of the list of groups', (item) => expect(readPlaces([item]).ok).toBe(false));
});

describe('who somebody is', () => {
  test('is their subject: somebody else who is given their e-mail gets nothing of theirs', async () => {
    const w = world();
    await w.signIn();
    there.person = { ...there.person, sub: 'somebody-else' };
    expect((await w.signIn()).code).toBe('provider_refused');
    expect(w.entries().at(-1)?.reason).toBe('identity provider: somebody else had this e-mail at the provider');
    there.person = { ...there.person, sub: 'ana-there', email: 'ana.lee@argus.example' };
    expect((await w.login(await w.signIn())).user).toMatchObject({ email: 'ana@argus.example' });
  });
  test('is kept by whoever was here before there was a provider, at their first sign-in', async () => {
    const w = world();
    const user = await makePerson(w, { email: 'ana@argus.example', role: 'viewer', tenants: [mustId('tenant', 'SHOP_BERLIN')] });
    expect((await w.login(await w.signIn())).user).toMatchObject({ user_id: user.id, role: 'operator', tenants: 'all' });
    expect(await w.memory.subjects.userOf({ issuer: there.issuer, subject: 'ana-there' })).toBe(user.id);
  });
  test('stays disabled or removed when it is so here, whatever the provider says', async () => {
    const w = world();
    const came = await w.signIn();
    const id = mustId('user', String((await w.login(came)).user?.['user_id']));
    const was = { role: 'operator', tenants: null, state: 'active' } as const;
    const doing = async (deed: Parameters<typeof w.api.ledger.append>[1]) => (await w.api.ledger.append({ at: w.clock.now(), type: 'user_changed', phase: 'fact', tenant: null, operator: 'x', by: 'operator', reason: 'for a test', outcome: 'ok' }, deed)).ok;
    expect(await doing([{ do: 'change_user', user: id, was, role: 'operator', tenants: null, state: 'disabled', scopes: [], at: w.clock.now() }])).toBe(true);
    expect([(await w.signIn()).code, (await w.memory.users.byId(id))?.state]).toEqual(['provider_refused', 'disabled']);
    expect(await doing([{ do: 'remove_user', user: id, was: { ...was, state: 'disabled' }, at: w.clock.now() }])).toBe(true);
    expect([(await w.signIn()).code, (await w.memory.users.list(null, 10)).length]).toEqual(['provider_refused', 0]);
  });
  test('stays an owner where there is no other', async () => {
    const w = world();
    there.person = { ...there.person, groups: ['argus-owners'] };
    expect((await w.signIn()).status).toBe(302);
    there.person = { ...there.person, groups: ['argus-ops'] };
    expect((await w.signIn()).code).toBe('last_owner');
  });
});

/** Guarantee: nobody makes this server knock at the provider's door without end: codes are guessed as slowly as passwords are. */
test('thirty codes of nobody from one address, and the next is not shown to the provider', async () => {
  const w = world();
  const guess = async () => {
    const { url, cookie } = await w.begin();
    const answer = new URLSearchParams({ state: new URL(url).searchParams.get('state') ?? '', iss: there.issuer, code: 'x'.repeat(43) });
    return (await w.back(`?${answer.toString()}`, cookie)).code;
  };
  const shown = () => w.asked.filter((url) => url.endsWith('/token')).length;
  for (let i = 1; i < ADDRESS_TURNS.max; i++) expect(await guess()).toBe('provider_refused');
  for (let i = 0; i < 2; i++) expect((await w.signIn()).status).toBe(302); // who comes rightly takes nobody's turn
  expect([await guess(), shown()]).toEqual(['provider_refused', ADDRESS_TURNS.max + 2]);
  expect([await guess(), shown()]).toEqual(['rate_limited', ADDRESS_TURNS.max + 2]);
});

test('passwords and passkeys sign nobody in here, and a provider signs nobody in where it is off', async () => {
  const w = world();
  const post = async (url: string, payload: object) => (await w.http.inject({ method: 'POST', url, headers: { 'x-forwarded-for': INSIDE }, payload })).json<{ code: string }>().code;
  expect([await post('/v1/auth/sign-in', { email: 'ana@argus.example', password: 'x' }), await post('/v1/auth/passkey/begin', {})]).toEqual(['sign_in_off', 'sign_in_off']);
  const local = createTestApi();
  for (const path of ['/v1/auth/oidc/begin', '/v1/auth/oidc/callback?code=x&state=y']) expect((await local.http.inject({ method: 'GET', url: path })).json<{ code: string }>().code).toBe('sign_in_off');
});
test('a provider that is away is said to be, at both ends', async () => {
  const w = world({ issuer: 'http://127.0.0.1:1' });
  expect((await w.begin()).status).toBe(503);
});

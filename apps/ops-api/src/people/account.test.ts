import { afterEach, describe, expect, test } from 'vitest';
import { createTestApi, INSIDE, OPS_TOKEN } from '../../test/api.ts';
import { browser, PASSWORD, withApp, withPassword } from '../../test/people.ts';
import { AGENT, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { LOGIN_IDLE_MS, LOGIN_TTL_MS } from './user.ts';

const ANA = 'ana@argus.example';
const open: ReturnType<typeof createTestApi>[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.api.close();
});
async function world(role: 'owner' | 'operator' = 'operator', over: Parameters<typeof createTestApi>[0] = {}) {
  const api = createTestApi(over);
  open.push(api);
  await consentedAndArmed(api.api.ledger);
  const user = await withPassword(api, { email: ANA, role });
  const page = browser(api, { from: INSIDE });
  await page.signIn(ANA);
  return { ...api, user, page, another: (from = '198.51.100.8') => browser(api, { from }) };
}
const isIn = async (page: ReturnType<typeof browser>) => (await page.ask('/v1/auth/login')).code;

describe('a sign-in', () => {
  test('is over after twelve hours, however busy', async () => {
    const w = await world();
    for (let at = 0; at < LOGIN_TTL_MS - 60_000; at += 20 * 60_000) {
      await w.clock.advance(20 * 60_000);
      await w.page.ask('/v1/auth/here', { body: {} });
    }
    expect(await isIn(w.page)).toBe('unauthenticated');
  });

  /** Guarantee: a page that polls in an empty room is not somebody. */
  test('is over half an hour after the last thing somebody did, and polling is nothing', async () => {
    const w = await world();
    for (let i = 0; i < 5; i++) {
      await w.clock.advance(LOGIN_IDLE_MS / 6);
      expect((await w.page.ask('/v1/tenants')).status).toBe(200);
    }
    await w.clock.advance(LOGIN_IDLE_MS / 6);
    expect(await isIn(w.page)).toBe('unauthenticated');
    const busy = await world();
    for (let i = 0; i < 5; i++) {
      await busy.clock.advance(LOGIN_IDLE_MS / 2);
      expect((await busy.page.ask('/v1/auth/here', { body: {} })).status).toBe(200);
    }
  });

  test('what is refused keeps nobody signed in', async () => {
    const w = await world();
    for (let i = 0; i < 6; i++) {
      await w.clock.advance(LOGIN_IDLE_MS / 6);
      await w.page.ask('/v1/auth/here', { body: {}, headers: { 'x-argus-csrf': undefined } });
    }
    expect(await isIn(w.page)).toBe('unauthenticated');
  });

  test('may be made shorter by a setting', async () => {
    const w = await world('operator', { people: { times: { ttlMs: 3_600_000, idleMs: 60_000 }, passwordCost: { n: 16, r: 8, p: 1 } } });
    await w.clock.advance(60_000);
    expect(await isIn(w.page)).toBe('unauthenticated');
  });

  test('opens nothing where nobody signs in', async () => {
    const w = await world();
    const off = createTestApi({ people: { mode: 'disabled' }, between: () => w.memory });
    open.push(off);
    const page = browser(off);
    page.plant(w.page.cookie() ?? '');
    expect(await isIn(page)).toBe('unauthenticated');
    const activate = await page.ask(`/support/agents/${AGENT}/activate`, { body: {}, headers: { 'x-forwarded-for': INSIDE, 'x-argus-ops-token': OPS_TOKEN } });
    expect(activate.code).toBe('missing_role');
  });

  test('ends by signing out, and the browser is told to forget', async () => {
    const w = await world();
    const cookie = w.page.cookie() ?? '';
    const out = await w.page.ask('/v1/auth/sign-out', { body: {} });
    expect([out.status, out.setCookie, out.headers['clear-site-data']]).toEqual([200, 'argus_login_over_plain_http=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0', '"cache", "storage"']);
    w.page.plant(cookie);
    expect(await isIn(w.page)).toBe('unauthenticated');
  });

  test('is listed, and ended from another one; nobody else\'s is there', async () => {
    const w = await world();
    const other = w.another();
    await other.signIn(ANA);
    const { said } = await w.page.ask('/v1/auth/logins');
    const logins = said['logins'] as { login_id: string; current: boolean }[];
    expect(logins.filter((login) => login.current)).toHaveLength(1);
    expect(logins).toHaveLength(2);
    const id = logins.find((login) => !login.current)?.login_id ?? '';
    await withPassword(w, { email: 'bob@argus.example', role: 'operator' });
    const bob = w.another();
    await bob.signIn('bob@argus.example');
    expect((await bob.ask(`/v1/auth/logins/${id}`, { method: 'DELETE' })).code).toBe('login_not_found');
    expect((await w.page.ask(`/v1/auth/logins/${id}`, { method: 'DELETE' })).said).toEqual({ ended: 1 });
    expect(await isIn(other)).toBe('unauthenticated');
    expect((await w.page.ask(`/v1/auth/logins/${id}`, { method: 'DELETE' })).said).toEqual({ ended: 0 });
  });
});

/** Guarantee: a cookie travels by itself; what somebody else's page does with it comes to nothing. */
describe('from another page', () => {
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
  const ways = [
    ['without the token', { 'x-argus-csrf': undefined }, 'csrf_refused'], ['with a token of its own', { 'x-argus-csrf': `csr_${'x'.repeat(43)}` }, 'csrf_refused'],
    ['with our token, by chance', foreign, 'foreign_origin'], ['with no word of where it is', { origin: undefined, 'sec-fetch-site': undefined }, 'foreign_origin'],
  ] as const;
  test.each(ways)('%s nothing is changed', async (_what, headers, code) => {
    const w = await world();
    const asks = [
      ['/v1/pats', { name: 'mine', scopes: ['tenants:read'], days: 1 }], [`/v1/support/tenants/${TENANT}/disarm`, { reason: 'for fun', confirm_tenant_id: TENANT }], ['/v1/auth/sign-out', {}],
      [`/v1/support/agents/${AGENT}/activate`, {}], [`/v1/support/agents/${AGENT}/revoke`, {}], [`/v1/support/tenants/${TENANT}/command`, {}],
    ] as const;
    for (const [path, body] of asks) expect((await w.page.ask(path, { body, headers: { 'x-argus-ops-token': OPS_TOKEN, ...headers } })).code, path).toBe(code);
    expect(await isIn(w.page)).toBe('200');
  });
  test('the token of another sign-in is none', async () => {
    const w = await world();
    const other = w.another();
    await other.signIn(ANA);
    expect((await w.page.ask('/v1/auth/sign-out', { body: {}, headers: { 'x-argus-csrf': other.csrf() } })).code).toBe('csrf_refused');
  });
  test('nothing is read either, and nobody is signed in', async () => {
    const w = await world();
    expect((await w.page.ask('/v1/tenants', { headers: foreign })).code).toBe('foreign_origin');
    expect((await w.page.ask('/v1/auth/login', { headers: { 'sec-fetch-site': 'same-site' } })).code).toBe('foreign_origin');
    expect((await w.another().ask('/v1/auth/sign-in', { body: { email: ANA, password: PASSWORD }, headers: foreign })).code).toBe('foreign_origin');
  });
});

/** Guarantee: of a token and a cookie together the token is who asks, wholly: neither lends anything to the other. */
describe('a token and a cookie in one request', () => {
  test('the token counts and needs no page; a wrong one is not made good by the cookie', async () => {
    const w = await world('owner');
    const pat = await w.newToken(['tenants:read']);
    const me = await w.page.ask('/v1/operators/me', { headers: { authorization: `Bearer ${pat}` } });
    expect(me.said['scopes']).toEqual(['tenants:read']);
    expect((await w.page.ask('/v1/pats', { body: { name: 'x', scopes: ['tenants:read'], days: 1 }, headers: { authorization: `Bearer ${pat}` } })).code).toBe('missing_role');
    for (const authorization of ['', 'Bearer', 'Bearer pat_wrong', 'Basic eDp5']) expect((await w.page.ask('/v1/operators/me', { headers: { authorization } })).code, authorization).toBe('unauthenticated');
  });
});

describe('confirming', () => {
  test('counts for five minutes, and what opens something asks for it; what closes does not', async () => {
    const w = await world('owner');
    const arm = () => w.page.ask(`/v1/support/tenants/${TENANT}/arm`, { body: { reason: 'a reason', confirm_tenant_id: TENANT } });
    const makePat = () => w.page.ask('/v1/pats', { body: { name: 'x', scopes: ['tenants:read'], days: 1 } });
    expect([(await arm()).code, (await makePat()).code]).toEqual(['step_up_required', 'step_up_required']);
    expect((await w.page.ask(`/v1/support/tenants/${TENANT}/disarm`, { body: { reason: 'a reason', confirm_tenant_id: TENANT } })).status).toBe(200);
    const { codeAt } = await withApp(w, w.page); // its first code confirms
    expect([(await arm()).status, (await makePat()).status]).toEqual([200, 201]);
    await w.clock.advance(5 * 60_000 + 1);
    expect([(await arm()).code, (await makePat()).code]).toEqual(['step_up_required', 'step_up_required']);
    expect(await w.page.ask('/v1/auth/confirm', { body: { totp: codeAt() } })).toMatchObject({ status: 200 });
    expect((await w.page.ask('/v1/auth/confirm', { body: { totp: codeAt() } })).code).toBe('step_up_required');
    expect((await arm()).status).toBe(200);
    w.clock.setWall(w.clock.now() - 3_600_000); // a clock that went back makes nothing confirmed
    expect((await arm()).code).toBe('step_up_required');
  });

  test('is guessed at ten times, and locks nobody out of signing in', async () => {
    const w = await world();
    await withApp(w, w.page);
    const codes: string[] = [];
    for (let i = 0; i < 11; i++) codes.push((await w.page.ask('/v1/auth/confirm', { body: { totp: '000000' } })).code);
    expect(codes).toEqual([...Array.from({ length: 10 }, () => 'step_up_required'), 'rate_limited']);
    expect((await w.another().signIn(ANA)).code).toBe('second_factor_required');
  });

  /** Guarantee: who has the cookie and the password, and not the phone, gets no more guesses by showing what they have in between. */
  test('is not guessed at anew by saying the password in between', async () => {
    const w = await world();
    await withApp(w, w.page);
    let guesses = 0;
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 4; i++) if ((await w.page.ask('/v1/auth/confirm', { body: { totp: '000000' } })).code === 'step_up_required') guesses++;
      await w.page.ask('/v1/auth/password', { body: { current: PASSWORD, next: PASSWORD } });
    }
    expect(guesses).toBe(10);
  });
});

describe('the password', () => {
  test('is changed by who knows it: this sign-in goes on under another cookie, the others end', async () => {
    const w = await world();
    const other = w.another();
    await other.signIn(ANA);
    const before = w.page.cookie() ?? '';
    expect((await w.page.ask('/v1/auth/password', { body: { current: 'not it', next: 'another long password' } })).code).toBe('wrong_password');
    expect((await w.page.ask('/v1/auth/password', { body: { current: PASSWORD, next: 'another long password' } })).status).toBe(200);
    expect(w.page.cookie()).not.toBe(before);
    expect([await isIn(w.page), await isIn(other)]).toEqual(['200', 'unauthenticated']);
    expect((await w.another().signIn(ANA)).code).toBe('sign_in_refused');
    expect((await w.another().signIn(ANA, { password: 'another long password' })).status).toBe(200);
  });
  test.each([['short', 'elevenchars'], ['the e-mail', ANA], ['the e-mail and more', `${ANA}!!`], ['one letter', 'aaaaaaaaaaaaaaaa'], ['on every list', 'Password1234'], ['a word of the lists and more', 'qwertyuiop123!']])('is not one that is %s', async (_what, next) => {
    const w = await world();
    const answer = await w.page.ask('/v1/auth/password', { body: { current: PASSWORD, next } });
    expect(answer.code).toBe('password_refused');
    expect(JSON.stringify(answer.said)).not.toContain(next);
  });

  /** Guarantee: the record of calls has the digest of every body, and of one with a password in it not even that. */
  test('leaves no digest in the record of calls', async () => {
    const w = await world();
    await w.page.ask('/v1/auth/password', { body: { current: 'not it', next: 'another long password' } });
    await w.page.ask('/v1/auth/confirm', { body: { totp: '000000' } });
    await w.page.ask('/v1/auth/here', { body: {} });
    await w.api.close();
    open.splice(0);
    const { rows } = await w.memory.records.apiCalls({ tenants: null, match: {}, limit: 100 });
    expect(rows.map((row) => [row.route, row.bodySha256 === null])).toEqual(expect.arrayContaining([['/auth/password', true], ['/auth/confirm', true], ['/auth/here', false]]));
    expect(rows.find((row) => row.route === '/auth/here')).toMatchObject({ actor: ANA, actorKind: 'login', tokenId: null, loginId: expect.stringMatching(/^lgn_/) });
  });
});

describe('an authenticator app', () => {
  test('takes the password to begin with, and counts from its first code on', async () => {
    const w = await world();
    expect((await w.page.ask('/v1/auth/totp', { body: { password: 'not it' } })).code).toBe('wrong_password');
    const begun = await w.page.ask('/v1/auth/totp', { body: { password: PASSWORD } });
    expect(begun.said).toMatchObject({ otpauth_uri: expect.stringContaining(`secret=${String(begun.said['secret'])}`), qr: expect.arrayContaining([expect.stringMatching(/^1111111[01]+1111111$/)]) });
    expect((await w.another().signIn(ANA)).status).toBe(200); // nothing is asked for yet
    expect((await w.page.ask('/v1/auth/totp/confirm', { body: { totp: '000000' } })).code).toBe('step_up_required');
    await w.clock.advance(15 * 60_000);
    expect((await w.page.ask('/v1/auth/totp/confirm', { body: { totp: '000000' } })).code).toBe('step_up_required');
  });
  test('is replaced only by who can show the old one, and ends the other sign-ins', async () => {
    const w = await world();
    const other = w.another();
    await other.signIn(ANA);
    await withApp(w, w.page);
    expect(await isIn(other)).toBe('unauthenticated');
    await w.clock.advance(5 * 60_000 + 1);
    expect((await w.page.ask('/v1/auth/totp', { body: { password: PASSWORD } })).code).toBe('step_up_required');
  });
  /** Guarantee: also a sign-in that slips in while the app begins to count has not shown it, and ends. */
  test('ends a sign-in that was opened a moment before it counts', async () => {
    let between: () => Promise<unknown> = async () => undefined;
    const w = await world('operator', { between: (stores) => ({ ...stores, logins: { ...stores.logins, openOf: async (...of) => { const found = await stores.logins.openOf(...of); await between(); return found; } } }) });
    const mallory = w.another('203.0.113.66');
    between = async () => {
      between = async () => undefined;
      expect((await mallory.signIn(ANA)).status).toBe(200);
    };
    await withApp(w, w.page);
    expect([await isIn(mallory), await isIn(w.page)]).toEqual(['unauthenticated', '200']);
  });
  test('stays with owners; operators may give it up, confirmed', async () => {
    const owner = await world('owner');
    await withApp(owner, owner.page);
    expect((await owner.page.ask('/v1/auth/totp', { method: 'DELETE' })).code).toBe('second_factor_stays');
    const w = await world();
    await withApp(w, w.page);
    expect((await w.page.ask('/v1/auth/totp', { method: 'DELETE' })).status).toBe(200);
    expect((await w.another().signIn(ANA)).status).toBe(200);
  });
  test('has recovery codes: new ones spend the old ones', async () => {
    const w = await world();
    const { recovery } = await withApp(w, w.page);
    const renewed = await w.page.ask('/v1/auth/recovery-codes', { body: {} });
    const codes = renewed.said['recovery_codes'] as string[];
    expect(codes).toHaveLength(10);
    expect((await w.another().signIn(ANA, { recovery_code: recovery[0] })).code).toBe('sign_in_refused');
    expect((await w.another().signIn(ANA, { recovery_code: codes[0] })).status).toBe(200);
  });
  test('leaves no secret in the record', async () => {
    const w = await world();
    const begun = await w.page.ask('/v1/auth/totp', { body: { password: PASSWORD } });
    const { recovery } = await withApp(w, w.page);
    const kept = JSON.stringify([w.memory.rows('operator'), w.said]);
    for (const secret of [String(begun.said['secret']), ...recovery]) expect(kept).not.toContain(secret);
    expect(w.memory.rows('operator').map((row) => row.audit.action)).toContain('second_factor_changed');
  });
});

test('a token made by a person is theirs, no mightier than they are, and seen by them alone', async () => {
  const w = await world();
  await withApp(w, w.page);
  expect((await w.page.ask('/v1/pats', { body: { name: 'x', scopes: ['pats:write'], days: 1 } })).code).toBe('pat_too_mighty');
  const made = await w.page.ask('/v1/pats', { body: { name: 'x', scopes: ['tenants:read'], days: 1 } });
  expect(made.said).toMatchObject({ operator: ANA, made_by: expect.stringMatching(/^lgn_/) });
  await w.memory.pats.add({ tokenId: `tok_${'q'.repeat(20)}` as never, secretHash: new Uint8Array(32).fill(3), operator: 'bob@argus.example', name: 'bob', scopes: [], tenants: null, createdAt: START, expiresAt: START + 1e9 });
  expect(((await w.page.ask('/v1/pats')).said['pats'] as unknown[]).length).toBe(1);
  expect((await w.page.ask(`/v1/pats/tok_${'q'.repeat(20)}`, { method: 'DELETE' })).code).toBe('pat_not_found');
});

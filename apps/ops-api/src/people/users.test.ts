import { afterEach, describe, expect, test } from 'vitest';
import { createTestApi } from '../../test/api.ts';
import { browser, PASSWORD, signedIn, withApp, withPassword, type Browser } from '../../test/people.ts';
import { INSTANCE, MASTER_KEY, OTHER_TENANT, secretHash, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { firstOwnerCode, INVITED_FOR_MS, ownerLink } from './join.ts';
import { mayManage, ROLE_NAMES, ROLES, type Role } from './roles.ts';
import { isScope } from './principal.ts';
import type { Stores } from '../ports.ts';
import { hotp, stepAt, toBase32 } from './totp.ts';

const open: ReturnType<typeof createTestApi>[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.api.close();
});
const reason = 'for a test';
let addresses = 0;

async function world(over: Parameters<typeof createTestApi>[0] = {}) {
  const api = createTestApi(over);
  open.push(api);
  await consentedAndArmed(api.api.ledger);
  const page = () => browser(api, { from: `198.51.${addresses >> 8}.${addresses++ & 255}` });
  /** Somebody of this role who is signed in and confirmed. */
  async function as(role: Role, tenants: readonly (typeof TENANT)[] | null = null) {
    const email = `${role}${addresses}@argus.example`;
    const user = await withPassword(api, { email, role, tenants });
    const { headers } = await signedIn(api, user, { isConfirmed: true });
    const own = page();
    const ask = (path: string, asked: Parameters<Browser['ask']>[1] = {}) => own.ask(path, { ...asked, headers: { ...headers, ...asked.headers } });
    return { user, ask, email };
  }
  return { ...api, page, as };
}
const codeIn = (link: unknown) => String(link).split('/#/join/')[1] ?? '';

describe('the first owner', () => {
  test('comes by the link that follows from the master key, once, and signs in', async () => {
    const w = await world();
    const code = firstOwnerCode(MASTER_KEY, INSTANCE);
    const redeem = (email: string, over = {}) => w.page().ask('/v1/auth/redeem', { body: { code, email, name: 'Olga', password: PASSWORD, ...over } });
    expect((await redeem('olga@argus.example', { email: undefined })).code).toBe('bad_request');
    expect((await redeem('olga@argus.example', { password: 'short' })).code).toBe('password_refused');
    expect(await redeem('Olga@Argus.example')).toMatchObject({ status: 201, said: { email: 'olga@argus.example', role: 'owner' } });
    expect((await redeem('mallory@argus.example')).code).toBe('invitation_refused');
    expect((await redeem('olga@argus.example')).code).toBe('invitation_refused');
    expect((await w.page().signIn('olga@argus.example')).said).toMatchObject({ user: { role: 'owner', tenants: 'all' } });
  });
  test('comes once when several come at once', async () => {
    const w = await world();
    const answers = await Promise.all([1, 2, 3, 4].map((i) => w.page().ask('/v1/auth/redeem', { body: { code: firstOwnerCode(MASTER_KEY, INSTANCE), email: `o${i}@argus.example`, name: 'O', password: PASSWORD } })));
    expect(answers.map(({ code }) => code).toSorted()).toEqual(['201', 'invitation_refused', 'invitation_refused', 'invitation_refused']);
  });
  test('has the second factor of the setting from the start', async () => {
    const secret = new Uint8Array(20).fill(5);
    const w = await world({ people: { firstOwnerTotp: secret, passwordCost: { n: 16, r: 8, p: 1 } } });
    await w.page().ask('/v1/auth/redeem', { body: { code: firstOwnerCode(MASTER_KEY, INSTANCE), email: 'o@argus.example', name: 'O', password: PASSWORD } });
    expect((await w.page().signIn('o@argus.example')).code).toBe('second_factor_required');
    expect((await w.page().signIn('o@argus.example', { totp: hotp(secret, stepAt(w.clock.now())) })).status).toBe(200);
    expect(JSON.stringify([w.memory.rows('operator'), w.said])).not.toContain(toBase32(secret));
  });
  test('gets another link from whoever is at the server, which gives back an owner\'s own account and takes nobody else\'s', async () => {
    const w = await world();
    const owner = await w.as('owner');
    const other = await w.as('admin');
    const make = async () => {
      const made = await ownerLink({ ...w.memory, clock: w.clock, random: (n) => crypto.getRandomValues(new Uint8Array(n)), secretHash, masterKey: MASTER_KEY, instance: INSTANCE, ledger: w.api.ledger });
      return made.ok ? made.value : expect.fail('no link');
    };
    const redeem = async (code: string, email: string) => (await w.page().ask('/v1/auth/redeem', { body: { code, email, name: 'O', password: 'another long password' } })).code;
    expect(await redeem(await make(), other.email)).toBe('user_exists');
    const code = await make();
    expect(await redeem(code, owner.email)).toBe('201');
    expect(await redeem(code, owner.email)).toBe('invitation_refused');
    expect((await owner.ask('/v1/auth/login')).code).toBe('unauthenticated');
    expect((await w.page().signIn(owner.email, { password: 'another long password' })).status).toBe(200);
    expect(await redeem(await make(), 'second@argus.example')).toBe('201');
  });
});

describe('an invitation', () => {
  test('makes its e-mail a user of its role and tenants, once, in its time; its secret stands in the fragment alone', async () => {
    const w = await world();
    const owner = await w.as('owner');
    const invited = await owner.ask('/v1/users', { body: { email: 'New@argus.example', role: 'viewer', tenants: [TENANT] } });
    expect(invited).toMatchObject({ status: 201, said: { email: 'new@argus.example', role: 'viewer', tenants: [TENANT] } });
    const link = new URL(String(invited.said['link']));
    expect(link.hash).toMatch(/^#\/join\/inv_[\w-]{43}$/);
    expect(`${link.pathname}${link.search}`).toBe('/');
    const code = codeIn(link.href);
    expect(JSON.stringify([w.memory.rows('operator'), w.said])).not.toContain(code);
    const redeem = (over = {}) => w.page().ask('/v1/auth/redeem', { body: { code, name: 'New', password: PASSWORD, ...over } });
    expect((await redeem({ email: 'mallory@argus.example' })).code).toBe('bad_request');
    expect((await redeem()).status).toBe(201);
    expect((await redeem()).code).toBe('invitation_refused');
    const page = w.page();
    await page.signIn('new@argus.example');
    expect((await page.ask(`/v1/tenants/${TENANT}/log/checkpoint`)).status).toBe(200); // how a tenant reads its own log
    expect((await page.ask(`/v1/tenants/${OTHER_TENANT}/log/checkpoint`)).code).toBe('tenant_not_found');
    expect((await owner.ask('/v1/users', { body: { email: 'new@argus.example', role: 'viewer' } })).code).toBe('user_exists');
  });
  test('is over after 72 hours, and a newer one takes its place', async () => {
    const w = await world();
    const owner = await w.as('owner');
    const invite = async () => codeIn((await owner.ask('/v1/users', { body: { email: 'new@argus.example', role: 'viewer' } })).said['link']);
    const [old, newer] = [await invite(), await invite()];
    const redeem = async (code: string) => (await w.page().ask('/v1/auth/redeem', { body: { code, name: 'New', password: PASSWORD } })).code;
    expect(await redeem(old)).toBe('invitation_refused');
    await w.clock.advance(INVITED_FOR_MS);
    expect(await redeem(newer)).toBe('invitation_refused');
  });
  test('is guessed at thirty times from one address', async () => {
    const w = await world();
    const page = browser(w);
    const codes: string[] = [];
    for (let i = 0; i < 31; i++) codes.push((await page.ask('/v1/auth/redeem', { body: { code: `inv_${String(i).padStart(43, 'z')}`, name: 'x', password: PASSWORD } })).code);
    expect(new Set(codes.slice(0, 30))).toEqual(new Set(['invitation_refused']));
    expect(codes[30]).toBe('rate_limited');
  });
});

/** Guarantee: what is taken from somebody is gone in the very next request. */
describe('who is', () => {
  test.each([
    ['removed', { method: 'DELETE', body: { reason } }], ['disabled', { method: 'PUT', body: { state: 'disabled', reason } }], ['made something less', { method: 'PUT', body: { role: 'viewer', reason } }],
  ] as const)('%s has no sign-in in the very next request, and no token that reaches further', async (_what, how) => {
    const w = await world();
    const [owner, victim] = [await w.as('owner'), await w.as('operator')];
    const made = await victim.ask('/v1/pats', { body: { name: 'x', scopes: ['remote_support'], days: 1 } });
    const headers = { authorization: `Bearer ${String(made.said['pat'])}`, cookie: undefined };
    expect([(await victim.ask('/v1/auth/login')).status, (await w.page().ask('/v1/operators/me', { headers })).status]).toEqual([200, 200]);
    expect((await owner.ask(`/v1/users/${victim.user.id}`, how)).status).toBe(200);
    expect([(await victim.ask('/v1/auth/login')).code, (await w.page().ask('/v1/operators/me', { headers })).code]).toEqual(['unauthenticated', 'unauthenticated']);
  });
  test('removed signs in no more and is in no list; their e-mail may be invited again', async () => {
    const w = await world();
    const [owner, victim] = [await w.as('owner'), await w.as('operator')];
    await owner.ask(`/v1/users/${victim.user.id}`, { method: 'DELETE', body: { reason } });
    expect((await w.page().signIn(victim.email)).code).toBe('sign_in_refused');
    expect(JSON.stringify((await owner.ask('/v1/users')).said)).not.toContain(victim.user.id);
    expect((await owner.ask(`/v1/users/${victim.user.id}`, { method: 'DELETE', body: { reason } })).code).toBe('user_not_found');
    expect((await owner.ask('/v1/users', { body: { email: victim.email, role: 'viewer' } })).status).toBe(201);
  });
  test('locked is unlocked by an owner', async () => {
    const w = await world();
    const [owner, victim] = [await w.as('owner'), await w.as('operator')];
    for (let i = 0; i < 10; i++) await w.page().signIn(victim.email, { password: 'wrong' });
    expect((await w.page().signIn(victim.email)).code).toBe('sign_in_refused');
    expect(JSON.stringify((await owner.ask('/v1/users')).said)).toContain('"locked":true');
    expect((await owner.ask(`/v1/users/${victim.user.id}/unlock`, { body: { reason } })).said).toMatchObject({ locked: false });
    expect((await w.page().signIn(victim.email)).status).toBe(200);
  });
  test('without phone or password gets a link, which takes the second factor and every sign-in', async () => {
    const w = await world();
    const [owner, victim] = [await w.as('owner'), await w.as('operator')];
    const page = w.page();
    await page.signIn(victim.email);
    await withApp(w, page);
    const reset = await owner.ask(`/v1/users/${victim.user.id}/reset`, { body: { reason } });
    expect((await page.ask('/v1/auth/login')).status).toBe(200); // nothing until it is used
    expect((await w.page().ask('/v1/auth/redeem', { body: { code: codeIn(reset.said['link']), name: 'V', password: 'another long password' } })).status).toBe(201);
    expect((await page.ask('/v1/auth/login')).code).toBe('unauthenticated');
    expect((await w.page().signIn(victim.email, { password: 'another long password' })).status).toBe(200);
  });
  /** Guarantee: whoever is on the way out leaves no door open behind them. */
  test.each([['disabled', { state: 'disabled' }], ['made something less', { role: 'viewer' }]] as const)('%s invited nobody who has not come yet', async (_what, how) => {
    const w = await world();
    const [owner, admin] = [await w.as('owner'), await w.as('admin')];
    const code = codeIn((await admin.ask('/v1/users', { body: { email: 'friend@argus.example', role: 'operator' } })).said['link']);
    expect((await owner.ask(`/v1/users/${admin.user.id}`, { method: 'PUT', body: { ...how, reason } })).status).toBe(200);
    expect((await w.page().ask('/v1/auth/redeem', { body: { code, name: 'Friend', password: PASSWORD } })).code).toBe('invitation_refused');
  });
  /** Guarantee: a link that was made for a viewer is not the way to the account of an owner. */
  test('made something more since a link was made for them is not begun anew with it', async () => {
    const w = await world();
    const [owner, admin, viewer] = [await w.as('owner'), await w.as('admin'), await w.as('viewer')];
    const code = codeIn((await admin.ask(`/v1/users/${viewer.user.id}/reset`, { body: { reason } })).said['link']);
    expect((await owner.ask(`/v1/users/${viewer.user.id}`, { method: 'PUT', body: { role: 'owner', reason } })).status).toBe(200);
    expect((await w.page().ask('/v1/auth/redeem', { body: { code, name: 'Mallory', password: 'another long password' } })).code).toBe('invitation_refused');
    expect((await w.page().signIn(viewer.email)).status).toBe(200);
  });
  test('signed in elsewhere is signed out there by an owner', async () => {
    const w = await world();
    const [owner, victim] = [await w.as('owner'), await w.as('operator')];
    expect(((await owner.ask(`/v1/users/${victim.user.id}/logins`)).said['logins'] as unknown[]).length).toBe(1);
    expect((await owner.ask(`/v1/users/${victim.user.id}/logins`, { method: 'DELETE', body: { reason } })).said).toEqual({ ended: 1 });
    expect((await victim.ask('/v1/auth/login')).code).toBe('unauthenticated');
    expect((await owner.ask(`/v1/users/${victim.user.id}/logins`, { method: 'DELETE', body: { reason } })).said).toEqual({ ended: 0 });
  });
});

/** Guarantee: of two who change somebody at once, the second is told to look again: what was allowed for a viewer is not done to an owner, and nobody comes back by accident. */
describe('somebody who was changed while somebody else decided', () => {
  const meanwhile = (first: () => Promise<unknown>) => {
    let isArmed = false;
    let isDone = false;
    const between = (stores: Stores): Stores => ({
      ...stores,
      tenants: { ...stores.tenants, byId: async (id) => { if (isArmed && !isDone) { isDone = true; await first(); } return stores.tenants.byId(id); } },
    });
    return { between, arm: () => (isArmed = true) };
  };
  test('is not changed as who they were', async () => {
    let first: () => Promise<unknown> = async () => undefined;
    const race = meanwhile(() => first());
    const w = await world({ between: race.between });
    const [owner, admin, viewer] = [await w.as('owner'), await w.as('admin'), await w.as('viewer')];
    const at = `/v1/users/${viewer.user.id}`;
    first = () => owner.ask(at, { method: 'PUT', body: { role: 'owner', reason } });
    race.arm();
    expect((await admin.ask(at, { method: 'PUT', body: { tenants: [TENANT], reason } })).code).toBe('user_changed_meanwhile');
    expect(await w.memory.users.byId(viewer.user.id)).toMatchObject({ role: 'owner', tenants: null });
  });
  test('is not brought back from being disabled', async () => {
    let first: () => Promise<unknown> = async () => undefined;
    const race = meanwhile(() => first());
    const w = await world({ between: race.between });
    const [owner, admin, victim] = [await w.as('owner'), await w.as('admin'), await w.as('operator')];
    const at = `/v1/users/${victim.user.id}`;
    first = () => owner.ask(at, { method: 'PUT', body: { state: 'disabled', reason } });
    race.arm();
    expect((await admin.ask(at, { method: 'PUT', body: { tenants: [TENANT], reason } })).code).toBe('user_changed_meanwhile');
    expect((await w.memory.users.byId(victim.user.id))?.state).toBe('disabled');
  });
});

/** Guarantee: nobody uses the last moment of their role: what they asked for in it is not done after it. */
test('who is disabled while they invite somebody has invited nobody', async () => {
  let between: () => Promise<unknown> = async () => undefined;
  const w = await world({ between: (stores) => ({ ...stores, users: { ...stores.users, byEmail: async (email) => { await between(); return stores.users.byEmail(email); } } }) });
  const [owner, admin] = [await w.as('owner'), await w.as('admin')];
  between = async () => {
    between = async () => undefined;
    expect((await owner.ask(`/v1/users/${admin.user.id}`, { method: 'PUT', body: { state: 'disabled', reason } })).status).toBe(200);
  };
  expect(await admin.ask('/v1/users', { body: { email: 'friend@argus.example', role: 'operator' } })).toMatchObject({ code: 'unauthenticated', said: expect.not.objectContaining({ link: expect.anything() as unknown }) as unknown });
});

test('the last owner stays one, whatever an owner says', async () => {
  const w = await world();
  const owner = await w.as('owner');
  const at = `/v1/users/${owner.user.id}`;
  for (const how of [{ method: 'DELETE', body: { reason } }, { method: 'PUT', body: { role: 'admin', reason } }, { method: 'PUT', body: { state: 'disabled', reason } }] as const) expect((await owner.ask(at, how)).code).toBe('last_owner');
  expect((await owner.ask('/v1/auth/login')).status).toBe(200);
  await w.as('owner');
  expect((await owner.ask(at, { method: 'PUT', body: { role: 'admin', reason } })).status).toBe(200);
});

test('every change of people asks for a second factor, and ending does not', async () => {
  const w = await world();
  const [owner, victim] = [await w.as('owner'), await w.as('operator')];
  await w.clock.advance(5 * 60_000 + 1);
  const at = `/v1/users/${victim.user.id}`;
  const asks = [['/v1/users', { body: { email: 'n@argus.example', role: 'viewer' } }], [at, { method: 'PUT', body: { role: 'viewer', reason } }], [at, { method: 'DELETE', body: { reason } }], [`${at}/reset`, { body: { reason } }], [`${at}/unlock`, { body: { reason } }]] as const;
  for (const [path, how] of asks) expect((await owner.ask(path, how)).code, path).toBe('step_up_required');
  expect((await owner.ask(`${at}/logins`, { method: 'DELETE', body: { reason } })).status).toBe(200);
});

describe('an admin', () => {
  test('makes and changes operators and viewers of their own tenants, and nobody above or beside', async () => {
    const w = await world();
    const [owner, admin, local] = [await w.as('owner'), await w.as('admin'), await w.as('admin', [TENANT])];
    const colleague = await w.as('admin');
    for (const role of ['owner', 'admin'] as const) expect((await admin.ask('/v1/users', { body: { email: `x${role}@argus.example`, role } })).code).toBe('role_too_mighty');
    for (const { user } of [owner, colleague]) expect((await admin.ask(`/v1/users/${user.id}`, { method: 'PUT', body: { role: 'viewer', reason } })).code).toBe('role_too_mighty');
    const operator = await w.as('operator', [TENANT]);
    expect((await admin.ask(`/v1/users/${operator.user.id}`, { method: 'PUT', body: { role: 'admin', reason } })).code).toBe('role_too_mighty');
    expect((await admin.ask(`/v1/users/${admin.user.id}`, { method: 'PUT', body: { role: 'owner', reason } })).code).toBe('role_too_mighty');
    expect((await admin.ask(`/v1/users/${owner.user.id}/reset`, { body: { reason } })).code).toBe('role_too_mighty');
    // Of one tenant: others are not there.
    const elsewhere = await w.as('operator');
    expect((await local.ask(`/v1/users/${elsewhere.user.id}`, { method: 'PUT', body: { role: 'viewer', reason } })).code).toBe('user_not_found');
    expect((await local.ask('/v1/users')).said['users']).toHaveLength(2);
    expect((await local.ask('/v1/users', { body: { email: 'y@argus.example', role: 'viewer', tenants: [OTHER_TENANT] } })).code).toBe('tenant_not_found');
    expect((await local.ask('/v1/users', { body: { email: 'y@argus.example', role: 'viewer', tenants: 'all' } })).code).toBe('bad_request');
    expect((await local.ask('/v1/users', { body: { email: 'y@argus.example', role: 'viewer' } })).said['tenants']).toEqual([TENANT]);
    expect((await local.ask(`/v1/users/${operator.user.id}`, { method: 'PUT', body: { tenants: 'all', reason } })).code).toBe('role_too_mighty');
    expect((await local.ask(`/v1/users/${operator.user.id}`, { method: 'PUT', body: { role: 'viewer', reason } })).status).toBe(200);
  });
});

test('a role has scopes that exist, and each is contained in the one above it', () => {
  for (const role of ROLE_NAMES) expect(ROLES[role].scopes.every(isScope)).toBe(true);
  expect(ROLES.viewer.scopes.every((scope) => (ROLES.operator.scopes as readonly string[]).includes(scope))).toBe(true);
  expect(ROLES.operator.scopes.every((scope) => (ROLES.admin.scopes as readonly string[]).includes(scope))).toBe(true);
});

test('who may change whom: all pairs', () => {
  const may = ROLE_NAMES.map((role) => ROLE_NAMES.filter((other) => mayManage({ role, tenants: null }, { role: other, tenants: null })));
  expect(may).toEqual([['owner', 'admin', 'operator', 'viewer'], ['operator', 'viewer'], [], []]);
  expect(mayManage({ role: 'admin', tenants: [TENANT] }, { role: 'viewer', tenants: null })).toBe(false);
});

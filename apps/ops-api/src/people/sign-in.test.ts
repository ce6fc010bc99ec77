import { settle } from '@argus/kit/clock.ts';
import { afterEach, describe, expect, test } from 'vitest';
import { createTestApi } from '../../test/api.ts';
import { browser, PASSWORD, withApp, withPassword } from '../../test/people.ts';
import { START } from '../../test/sample.ts';
import { ACCOUNT_TURNS, ADDRESS_TURNS } from './sign-in-limits.ts';

const ANA = 'ana@argus.example';
const STEP_MS = 30_000;
const open: ReturnType<typeof createTestApi>[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.api.close();
});
async function world(over: Parameters<typeof createTestApi>[0] = {}) {
  const api = createTestApi(over);
  open.push(api);
  const user = await withPassword(api, { email: ANA, role: 'operator' });
  return { ...api, user, page: (from?: string) => browser(api, from === undefined ? {} : { from }) };
}
const lastOf = ({ memory }: Pick<Awaited<ReturnType<typeof world>>, 'memory'>) => memory.rows('operator').map((row) => row.audit).at(-1);

describe('signing in', () => {
  test('opens the doors of the role, and says so in the operator\'s log, without a secret', async () => {
    const w = await world();
    const page = w.page();
    expect(await page.signIn(' Ana@Argus.example ')).toMatchObject({ status: 200, said: { user: { email: ANA, role: 'operator' }, confirmed_until: null } });
    expect(await page.ask('/v1/operators/me')).toMatchObject({ status: 200, said: { operator: ANA, tenants: 'all' } });
    expect((await page.ask('/v1/tenants')).status).toBe(200);
    expect(lastOf(w)).toMatchObject({ action: 'signed_in', operator: ANA, outcome: 'ok', tenant_id: null });
    const kept = JSON.stringify([w.memory.rows('operator'), w.said]);
    for (const secret of [PASSWORD, page.cookie()?.split('=')[1] ?? '', page.csrf() ?? '']) {
      expect(secret.length).toBeGreaterThan(20);
      expect(kept).not.toContain(secret);
    }
  });

  test('gives a cookie that scripts cannot read and that no other page sends', async () => {
    const { setCookie } = await (await world()).page().signIn(ANA);
    expect(setCookie).toMatch(/^argus_login_over_plain_http=lgs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    const secure = (await world({ people: { passwordCost: { n: 16, r: 8, p: 1 }, cookie: 'secure' } })).page();
    expect((await secure.ask('/v1/auth/sign-in', { body: { email: ANA, password: PASSWORD }, headers: { origin: 'https://argus.example' } })).setCookie).toMatch(/^__Host-argus_login=lgs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/);
  });

  /** Guarantee: whatever cookie somebody planted in a browser before, it is not the one after, and it opens nothing. */
  test('never takes over a cookie that was there before', async () => {
    const w = await world();
    const mallory = w.page('203.0.113.66');
    await mallory.signIn(ANA);
    const planted = mallory.cookie() ?? '';
    const page = w.page();
    page.plant(planted);
    await page.signIn(ANA);
    expect(page.cookie()).not.toBe(planted);
    expect((await mallory.ask('/v1/auth/login')).code).toBe('unauthenticated');
    expect((await page.ask('/v1/auth/login')).status).toBe(200);
    const fixed = w.page();
    fixed.plant(`argus_login_over_plain_http=lgs_${'F'.repeat(43)}`);
    await fixed.signIn(ANA);
    expect(fixed.cookie()).not.toContain('FFFF');
  });

  test('is refused to who was disabled, and where nobody signs in with a password', async () => {
    const w = await world();
    await w.api.ledger.append({ at: START, type: 'user_changed', phase: 'fact', tenant: null, operator: 'x', by: 'operator', reason: 'for a test', outcome: 'ok' }, [
      { do: 'change_user', user: w.user.id, was: w.user, role: 'operator', tenants: null, state: 'disabled', scopes: [], at: START },
    ]);
    expect((await w.page().signIn(ANA)).code).toBe('sign_in_refused');
    for (const mode of ['oidc', 'disabled'] as const) expect((await (await world({ people: { mode, passwordCost: { n: 16, r: 8, p: 1 } } })).page().signIn(ANA)).code).toBe('sign_in_off');
  });
});

/** Guarantee: a stolen password that waits in the queue is not let in with what the account asked for before. */
test('signing in that began before there was a second factor opens nothing after it', async () => {
  let between: () => Promise<unknown> = async () => undefined;
  const w = await world({ between: (stores) => ({ ...stores, users: { ...stores.users, byEmail: async (email) => { const found = await stores.users.byEmail(email); await between(); return found; } } }) });
  const ana = w.page();
  await ana.signIn(ANA);
  between = async () => {
    between = async () => undefined;
    await withApp(w, ana);
  };
  const mallory = w.page('203.0.113.66');
  expect((await mallory.signIn(ANA)).code).toBe('sign_in_refused');
  expect(await w.memory.logins.openOf(w.user.id, w.clock.now())).toHaveLength(1);
  expect((await mallory.signIn(ANA)).code).toBe('second_factor_required');
});

/** Guarantee: who does not know the password learns nothing, by the answer or by the work behind it. */
describe('unknown, wrong, resting, and wrong with a second factor', () => {
  test('are one answer', async () => {
    const w = await world();
    const page = w.page();
    await page.signIn(ANA);
    await withApp(w, page);
    await withPassword(w, { email: 'bob@argus.example', role: 'viewer' });
    for (let i = 0; i < ACCOUNT_TURNS.max; i++) await w.page(`198.51.100.${i}`).signIn('bob@argus.example', { password: 'wrong' });
    const answers = [
      await w.page().signIn('nobody@argus.example'),
      await w.page().signIn(ANA, { password: 'wrong' }),
      await w.page().signIn(ANA, { password: 'wrong', totp: '000000' }),
      await w.page().signIn(ANA, { totp: '000000' }),
      await w.page().signIn('bob@argus.example'), // right, and the account rests
    ].map(({ said: { request_id: _id, ...said }, headers }) => JSON.stringify([said, Object.keys(headers).toSorted()]));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('sign_in_refused');
  });

  test('cost the same work: one derivation each, at the same parameters', async () => {
    const { createPasswords } = await import('./passwords.ts');
    const w = await world();
    const passwords = createPasswords({ random: (n) => new Uint8Array(n), clock: w.clock, cost: { n: 16, r: 8, p: 1 } });
    const counts: number[] = [];
    for (const kept of [null, w.user.passwordHash, 'not a hash at all']) {
      const before = passwords.derived();
      await passwords.verify('wrong', kept);
      counts.push(passwords.derived() - before);
    }
    expect(counts).toEqual([1, 1, 1]);
  });

  test('are told apart in the record alone, and what was typed as a name is not in it', async () => {
    const w = await world();
    await w.page().signIn('hunter2-as-a-name@argus.example', { password: 'wrong' });
    await w.page().signIn(ANA, { password: 'wrong' });
    await settle();
    const refused = w.memory.rows('operator').map((row) => row.audit).filter((row) => row.action === 'sign_in_refused');
    expect(refused.map((row) => [row.operator, row.code])).toEqual([['unauthenticated', 'sign_in_refused'], [ANA, 'sign_in_refused']]);
    expect(JSON.stringify(w.memory.rows('operator'))).not.toContain('hunter2');
  });
});

describe('guessing is slow', () => {
  test('ten mistakes, and the account rests for a quarter of an hour, whoever tries from wherever', async () => {
    const w = await world();
    for (let i = 0; i < ACCOUNT_TURNS.max; i++) expect((await w.page(`198.51.100.${i}`).signIn(ANA, { password: 'wrong' })).code).toBe('sign_in_refused');
    expect((await w.page('203.0.113.1').signIn(ANA)).code).toBe('sign_in_refused');
    await w.clock.advance(ACCOUNT_TURNS.restMs - 1);
    expect((await w.page('203.0.113.2').signIn(ANA)).code).toBe('sign_in_refused');
    await w.clock.advance(1);
    expect((await w.page('203.0.113.3').signIn(ANA)).status).toBe(200);
  });

  test('many at once are not many for the price of one', async () => {
    const w = await world();
    const right = await Promise.all(Array.from({ length: 25 }, (_, i) => w.page(`198.51.100.${i}`).signIn(ANA, { password: i < 24 ? 'wrong' : PASSWORD })));
    expect(right.filter(({ status }) => status === 200)).toEqual([]);
  });

  test('an address has thirty tries, and what it says of whom it forwards does not make it another one', async () => {
    const w = await world();
    const codes: string[] = [];
    for (let i = 0; i <= ADDRESS_TURNS.max; i++) {
      // Read from the right: what stands before the address our proxy saw is the caller's own invention.
      const { code, headers } = await w.page(`10.9.8.${i}, 203.0.113.9`).signIn(`nobody${i}@argus.example`);
      codes.push(code);
      if (code === 'rate_limited') expect(Number(headers['retry-after'])).toBe(ADDRESS_TURNS.restMs / 1_000);
    }
    expect(codes).toEqual([...Array.from({ length: ADDRESS_TURNS.max }, () => 'sign_in_refused'), 'rate_limited']);
    expect((await w.page('203.0.113.10').signIn(ANA)).status).toBe(200);
  });

  test('an IPv6 address counts as its /64', async () => {
    const w = await world();
    for (let i = 0; i < ADDRESS_TURNS.max; i++) await w.page(`2001:db8:1:2::${i + 1}`).signIn('nobody@argus.example');
    expect((await w.page('2001:db8:1:2:ffff::1').signIn(ANA)).code).toBe('rate_limited');
    expect((await w.page('2001:db8:1:3::1').signIn(ANA)).status).toBe(200);
  });

  test('who is right has the tries given back', async () => {
    const w = await world();
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < ACCOUNT_TURNS.max - 1; i++) await w.page(`198.51.${round}.${i}`).signIn(ANA, { password: 'wrong' });
      expect((await w.page().signIn(ANA)).status).toBe(200);
    }
  });

  test('and cannot fill the disk', async () => {
    const w = await world();
    for (let i = 0; i < 25; i++) await w.page().signIn(`nobody${i}@argus.example`, { password: 'wrong' });
    await settle();
    expect(w.memory.rows('operator').filter((row) => row.audit.action === 'sign_in_refused')).toHaveLength(1);
    await w.clock.advance(60_000);
    expect(w.memory.rows('operator').map((row) => row.audit).filter((row) => row.action === 'sign_in_refused').map((row) => row.args?.['count'])).toEqual([undefined, 24]);
  });
});

describe('the second factor', () => {
  async function guarded() {
    const w = await world();
    const page = w.page();
    await page.signIn(ANA);
    const app = await withApp(w, page);
    await w.clock.advance(2 * STEP_MS);
    return { ...w, app };
  }

  test('is asked for once it is set up, and only of who knows the password', async () => {
    const w = await guarded();
    expect((await w.page().signIn(ANA)).code).toBe('second_factor_required');
    expect(await w.page().signIn(ANA, { totp: w.app.codeAt() })).toMatchObject({ status: 200, said: { confirmed_until: new Date(w.clock.now() + 300_000).toISOString() } });
  });

  test('is a code of now, or one step off, and never two', async () => {
    for (const [off, wanted] of [[-2, 'sign_in_refused'], [-1, '200'], [0, '200'], [1, '200'], [2, 'sign_in_refused']] as const) {
      const w = await guarded();
      expect((await w.page().signIn(ANA, { totp: w.app.codeAt(w.clock.now() + off * STEP_MS) })).code, String(off)).toBe(wanted);
    }
  });

  /** Guarantee: a code that was looked over a shoulder is spent. */
  test('counts once, at the same moment too, and what came before it counts no more', async () => {
    const w = await guarded();
    const totp = w.app.codeAt();
    const before = w.app.codeAt(w.clock.now() - STEP_MS);
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => w.page(`198.51.100.${i}`).signIn(ANA, { totp })));
    expect(answers.map(({ code }) => code).toSorted()).toEqual(['200', ...Array.from({ length: 5 }, () => 'sign_in_refused')]);
    expect((await w.page().signIn(ANA, { totp })).code).toBe('sign_in_refused');
    expect((await w.page().signIn(ANA, { totp: before })).code).toBe('sign_in_refused');
  });

  test('the code it was set up with is spent as well', async () => {
    const w = await world();
    const page = w.page();
    await page.signIn(ANA);
    const { codeAt } = await withApp(w, page);
    expect((await w.page().signIn(ANA, { totp: codeAt() })).code).toBe('sign_in_refused');
  });

  test('may be a recovery code, each of ten once, however it is typed, and it confirms nothing', async () => {
    const w = await guarded();
    expect(new Set(w.app.recovery).size).toBe(10);
    const [first = ''] = w.app.recovery;
    expect(await w.page().signIn(ANA, { recovery_code: first.toUpperCase().replace('-', ' ') })).toMatchObject({ status: 200, said: { confirmed_until: null, recovery_codes_left: 9 } });
    expect((await w.page().signIn(ANA, { recovery_code: first })).code).toBe('sign_in_refused');
    const twice = await Promise.all([1, 2].map((i) => w.page(`198.51.100.${i}`).signIn(ANA, { recovery_code: w.app.recovery[1] })));
    expect(twice.map(({ code }) => code).toSorted()).toEqual(['200', 'sign_in_refused']);
  });

  test('switched off, operators are not asked and owners are', async () => {
    const w = await world({ people: { secondFactorIsOn: false, passwordCost: { n: 16, r: 8, p: 1 } } });
    await withPassword(w, { email: 'owner@argus.example', role: 'owner' });
    for (const [email, wanted] of [[ANA, '200'], ['owner@argus.example', 'second_factor_required']] as const) {
      const page = w.page();
      await page.signIn(email);
      await withApp(w, page);
      expect((await w.page().signIn(email)).code, email).toBe(wanted);
    }
  });
});

test('a password kept at another cost is kept at ours after the next sign-in', async () => {
  const w = await world();
  const before = (await w.memory.users.byId(w.user.id))?.passwordHash;
  const dearer = createTestApi({ people: { passwordCost: { n: 32, r: 8, p: 1 } }, between: () => w.memory });
  open.push(dearer);
  expect((await browser(dearer).signIn(ANA)).status).toBe(200);
  const after = (await w.memory.users.byId(w.user.id))?.passwordHash;
  expect([before?.startsWith('scrypt$16$8$1$'), after?.startsWith('scrypt$32$8$1$')]).toEqual([true, true]);
  expect((await browser(dearer).signIn(ANA)).status).toBe(200);
});

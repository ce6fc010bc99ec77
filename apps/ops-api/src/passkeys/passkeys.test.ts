import { isoTime } from '@argus/kit/clock.ts';
import { passkeyProof, proofChallenge } from '@argus/keys/operator-proof.ts';
import { proofText } from '@argus/protocol/operator-proof.ts';
import { describe, expect, test } from 'vitest';
import { freshSoftKey, UP, type Over, type SoftAuthenticator } from '../../../../packages/keys/testing/authenticator.ts';
import { createTestApi, INSIDE, OPS_TOKEN, QUICK } from '../../test/api.ts';
import { headersOf, makePerson, signedIn, type SignedInHeaders } from '../../test/people.ts';
import { madeBy, newDevice, PUBLIC_URL, usedBy } from '../../test/passkeys.ts';
import { AGENT, INSTANCE, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { createPasswords } from '../people/passwords.ts';
import type { Role } from '../people/roles.ts';
import { STEP_UP_FRESH_MS } from '../people/step-up.ts';
import type { PeopleSettings } from '../app.ts';
import { CHALLENGE_MS } from './challenges.ts';
import { PASSKEYS_MAX } from './own.ts';

/** A passkey is made by whoever showed enough, used by whoever has it, on our own page, once per challenge, and never by a copy. */
const PASSWORD = 'correct horse battery staple';
type Answer = { readonly status: number; readonly body: Record<string, unknown>; readonly cookies: readonly string[] };

function world(people: PeopleSettings = {}) {
  const test = createTestApi({ people: { passwordCost: QUICK, publicUrl: PUBLIC_URL, ...people } });
  const passwords = createPasswords({ random: (n) => new Uint8Array(n).fill(5), clock: test.clock, cost: QUICK });
  async function ask(path: string, { method = 'POST', headers = {}, body }: { method?: 'GET' | 'POST' | 'DELETE'; headers?: Record<string, string>; body?: object } = {}): Promise<Answer> {
    const sent = method === 'POST' ? { payload: body ?? {} } : {};
    const answer = await test.http.inject({ method, url: `/v1${path}`, headers: { 'x-forwarded-for': INSIDE, ...headers }, ...sent });
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), cookies: [answer.headers['set-cookie'] ?? []].flat() };
  }
  async function person({ role = 'operator', isConfirmed = false, hasPassword = true }: { role?: Role; isConfirmed?: boolean; hasPassword?: boolean } = {}) {
    const hashed = await passwords.hash(PASSWORD);
    const user = await makePerson(test, { email: `${role}${(people_ += 1)}@argus.example`, role, passwordHash: hasPassword && hashed.ok ? hashed.value : null });
    return { user, ...(await signedIn(test, user, { isConfirmed })) };
  }
  let people_ = 0;
  const begin = (headers: SignedInHeaders, body: object = { password: PASSWORD }) => ask('/auth/passkeys/begin', { headers, body });
  const challenged = ({ body }: Answer) => ({ challenge: typeof body['challenge'] === 'string' ? body['challenge'] : '' });
  async function add(headers: SignedInHeaders, soft: SoftAuthenticator, over: Over & { name?: string } = {}): Promise<Answer> {
    return ask('/auth/passkeys', { headers, body: madeBy(soft, challenged(await begin(headers)), over) });
  }
  async function signIn(soft: SoftAuthenticator, over: Over = {}): Promise<Answer> {
    return ask('/auth/passkey', { body: usedBy(soft, challenged(await ask('/auth/passkey/begin')), over) });
  }
  async function confirm(headers: SignedInHeaders, soft: SoftAuthenticator, over: Over = {}): Promise<Answer> {
    return ask('/auth/confirm/passkey', { headers, body: usedBy(soft, challenged(await ask('/auth/confirm/passkey/begin', { headers })), over) });
  }
  const secretIn = ({ cookies }: Answer) => /=(lgs_[^;]+)/.exec(cookies[0] ?? '')?.[1] ?? '';
  const entries = () => test.memory.rows('operator').map(({ bytes }) => JSON.parse(bytes) as { type: string; code?: string; reason: string });
  return { ...test, ask, person, begin, add, signIn, confirm, challenged, secretIn, entries };
}
const code = ({ status, body }: Answer) => (status < 400 ? status : body['code']);

test('a passkey is made, listed as a tenant can name it, signs in, and is then a confirmed sign-in', async () => {
  const w = world();
  const { headers, user } = await w.person();
  const soft = newDevice();
  const begun = await w.begin(headers);
  expect(begun.body).toMatchObject({ rp: { id: 'argus.example', name: 'Argus' }, user: { name: user.email }, algorithms: [-7, -8, -257], exclude: [] });
  const made = await w.add(headers, soft, { name: 'the blue key' });
  expect([made.status, made.body['name']]).toEqual([201, 'the blue key']);
  const { body } = await w.ask('/auth/passkeys', { method: 'GET', headers });
  expect(body['passkeys']).toEqual([{ ...made.body, operator_key: { kind: 'passkey', ...soft.key.key, rp_id: 'argus.example', origins: [PUBLIC_URL] } }]);
  const renamed = await w.http.inject({ method: 'PUT', url: `/v1/auth/passkeys/${String(made.body['passkey_id'])}`, headers: { ...headers, 'x-forwarded-for': INSIDE }, payload: { name: 'the green key' } });
  expect(renamed.json()).toMatchObject({ passkeys: [{ name: 'the green key' }] });
  const signed = await w.signIn(soft);
  expect(signed.body).toMatchObject({ user: { user_id: user.id }, confirmed_until: isoTime(w.clock.now() + STEP_UP_FRESH_MS) });
  expect((await w.ask('/auth/login', { method: 'GET', headers: headersOf(w.secretIn(signed)) })).body['login_id']).toBe(signed.body['login_id']);
  expect((await w.begin(headersOf(w.secretIn(signed)))).body['exclude']).toHaveLength(1);
  expect(JSON.stringify(w.entries().map(({ type, reason }) => [type, reason]))).toContain('["second_factor_changed","passkey the blue key made"]');
});

describe('whoever has a cookie alone', () => {
  test('makes no passkey without the password, and none with a wrong one', async () => {
    const w = world();
    const { headers } = await w.person();
    expect([code(await w.begin(headers, {})), code(await w.begin(headers, { password: 'guessed' }))]).toEqual(['wrong_password', 'wrong_password']);
  });
  test('guesses the password ten times and no more', async () => {
    const w = world();
    const { headers } = await w.person();
    for (let i = 0; i < 10; i++) expect(code(await w.begin(headers, { password: `guess ${i}` }))).toBe('wrong_password');
    expect(code(await w.begin(headers))).toBe('rate_limited');
  });
  test('makes none where there is a factor, password or not, until it is shown', async () => {
    const w = world();
    const { headers } = await w.person();
    const soft = newDevice();
    expect(code(await w.add(headers, soft))).toBe(201);
    await w.clock.advance(STEP_UP_FRESH_MS + 1);
    expect(code(await w.begin(headers))).toBe('step_up_required');
    expect(code(await w.confirm(headers, soft))).toBe(200);
    expect(code(await w.begin(headers, {}))).toBe(200);
  });
  test('makes none without a password either, but for five minutes after signing in elsewhere', async () => {
    const w = world();
    const { headers } = await w.person({ hasPassword: false });
    expect(code(await w.begin(headers, {}))).toBe(200);
    await w.clock.advance(STEP_UP_FRESH_MS + 1);
    expect(code(await w.begin(headers, {}))).toBe('step_up_required');
  });
  test('gives none up', async () => {
    const w = world();
    const { headers } = await w.person();
    const made = await w.add(headers, newDevice());
    await w.clock.advance(STEP_UP_FRESH_MS + 1);
    expect(code(await w.ask(`/auth/passkeys/${String(made.body['passkey_id'])}`, { method: 'DELETE', headers }))).toBe('step_up_required');
  });
});

/** Guarantee: a password that was stolen is not the way around a passkey. */
test.each<[Role, boolean, unknown]>([['operator', true, 'second_factor_required'], ['owner', true, 'second_factor_required'], ['owner', false, 'second_factor_required'], ['operator', false, 200]])('with a passkey, an %s does not sign in with the password alone (second factor on: %s): %s', async (role, secondFactorIsOn, expected) => {
  const w = world({ secondFactorIsOn });
  const { user, headers } = await w.person({ role });
  const withPassword = async (password: string) => code(await w.ask('/auth/sign-in', { body: { email: user.email, password } }));
  expect(await withPassword(PASSWORD)).toBe(200);
  const soft = newDevice();
  await w.add(headers, soft);
  expect([await withPassword(PASSWORD), await withPassword('guessed'), code(await w.signIn(soft))]).toEqual([expected, 'sign_in_refused', 200]);
});

/** Guarantee: with a cookie and a password that were stolen nobody puts an authenticator app of their own beside a passkey, which would confirm for them from then on. */
test('where there is a passkey, an authenticator app takes more than the password', async () => {
  const w = world();
  const { headers } = await w.person();
  const soft = newDevice();
  await w.add(headers, soft);
  await w.clock.advance(STEP_UP_FRESH_MS + 1);
  const begin = async () => code(await w.ask('/auth/totp', { headers, body: { password: PASSWORD } }));
  expect(await begin()).toBe('step_up_required');
  await w.confirm(headers, soft);
  expect(await begin()).toBe(200);
});

/** Guarantee: a lost passkey locks nobody out who kept the codes, and the codes are made by nobody but whoever has a passkey. */
test('with passkeys alone a recovery code signs in beside the password, once; making them asks for a passkey', async () => {
  const w = world();
  const { headers, user } = await w.person({ role: 'owner' });
  const make = () => w.ask('/auth/recovery-codes', { headers });
  expect(code(await make())).toBe('step_up_required'); // nothing they would stand in for
  const soft = newDevice();
  await w.add(headers, soft);
  expect((await w.ask('/auth/login', { method: 'GET', headers })).body).toMatchObject({ user: { second_factor: true }, factors: { totp: false, passkeys: 1 } });
  await w.clock.advance(STEP_UP_FRESH_MS + 1);
  expect(code(await make())).toBe('step_up_required');
  await w.confirm(headers, soft);
  const codes = (await make()).body['recovery_codes'] as string[];
  expect(codes).toHaveLength(10);
  const signIn = async (more: object) => code(await w.ask('/auth/sign-in', { body: { email: user.email, password: PASSWORD, ...more } }));
  expect([await signIn({}), await signIn({ totp: '123456' }), await signIn({ recovery_code: 'aaaaa-aaaaa' }), await signIn({ recovery_code: codes[0] }), await signIn({ recovery_code: codes[0] }), await signIn({ recovery_code: codes[1], password: 'guessed' })]).toEqual([
    'second_factor_required', 'sign_in_refused', 'sign_in_refused', 200, 'sign_in_refused', 'sign_in_refused',
  ]);
});

test('the first factor ends the other sign-ins of its user, and a second one does not', async () => {
  const w = world();
  const { user, headers } = await w.person();
  const other = await signedIn(w, user);
  const is = async (of: SignedInHeaders) => code(await w.ask('/auth/login', { method: 'GET', headers: of }));
  await w.add(headers, newDevice());
  expect([await is(headers), await is(other.headers)]).toEqual([200, 'unauthenticated']);
  const later = await signedIn(w, user);
  await w.add(headers, newDevice());
  expect([await is(headers), await is(later.headers)]).toEqual([200, 200]);
});

const attacks: [string, Over][] = [
  ['on a page of another site', { origin: 'https://argus.example.evil.test' }],
  ['on our site without TLS', { origin: 'http://argus.example' }],
  ['for another site', { rpId: 'evil.test' }],
  ['inside somebody else’s page', { client: { crossOrigin: true } }],
  ['without verifying who touched it', { flags: UP }],
  ['with something behind its end', { trailing: new Uint8Array(1) }],
];
test.each(attacks)('a passkey made %s is not kept', async (_how, over) => {
  const w = world();
  const { headers } = await w.person();
  expect(code(await w.add(headers, newDevice(), over))).toBe('passkey_refused');
  expect(code(await w.ask('/auth/passkeys', { method: 'GET', headers }))).toBe(200);
});
test.each([...attacks, ['signed with another key', { signer: freshSoftKey() }] as [string, Over]])('a passkey used %s neither signs in nor confirms', async (_how, over) => {
  const w = world();
  const { headers } = await w.person();
  const soft = newDevice();
  await w.add(headers, soft);
  expect([code(await w.signIn(soft, over)), code(await w.confirm(headers, soft, over))]).toEqual(['sign_in_refused', 'passkey_refused']);
});

describe('a challenge', () => {
  test('counts once, also when the same answer comes twice at once', async () => {
    const w = world();
    const { headers } = await w.person();
    const soft = newDevice();
    await w.add(headers, soft);
    const body = usedBy(soft, w.challenged(await w.ask('/auth/passkey/begin')));
    const answers = await Promise.all([w.ask('/auth/passkey', { body }), w.ask('/auth/passkey', { body })]);
    expect(answers.map((answer) => String(code(answer))).toSorted()).toEqual(['200', 'sign_in_refused']);
    expect(code(await w.ask('/auth/passkey', { body }))).toBe('sign_in_refused');
  });
  test('counts for five minutes, and not a millisecond longer', async () => {
    const w = world();
    const { headers } = await w.person();
    const soft = newDevice();
    await w.add(headers, soft);
    const [one, two] = [await w.ask('/auth/passkey/begin'), await w.ask('/auth/passkey/begin')];
    await w.clock.advance(CHALLENGE_MS - 1);
    expect(code(await w.ask('/auth/passkey', { body: usedBy(soft, w.challenged(one)) }))).toBe(200);
    await w.clock.advance(1);
    expect(code(await w.ask('/auth/passkey', { body: usedBy(soft, w.challenged(two)) }))).toBe('sign_in_refused');
  });
  test('of one sign-in is nothing to another, and one for one thing is nothing for another', async () => {
    const w = world();
    const { user, headers } = await w.person();
    const soft = newDevice();
    await w.add(headers, soft);
    const other = await signedIn(w, user);
    const theirs = w.challenged(await w.ask('/auth/confirm/passkey/begin', { headers: other.headers }));
    expect(code(await w.ask('/auth/confirm/passkey', { headers, body: usedBy(soft, theirs) }))).toBe('passkey_refused');
    expect(code(await w.ask('/auth/passkey', { body: usedBy(soft, theirs) }))).toBe('sign_in_refused');
    const toSignIn = w.challenged(await w.ask('/auth/passkey/begin'));
    expect(code(await w.ask('/auth/confirm/passkey', { headers, body: usedBy(soft, toSignIn) }))).toBe('passkey_refused');
    expect(code(await w.ask('/auth/passkeys', { headers, body: madeBy(newDevice(), toSignIn) }))).toBe('passkey_refused');
    expect(code(await w.ask('/auth/confirm/passkey', { headers: other.headers, body: usedBy(soft, theirs) }))).toBe(200);
  });
  test('that nobody gave out, or that was prolonged, is none', async () => {
    const w = world();
    const { headers } = await w.person();
    const soft = newDevice();
    await w.add(headers, soft);
    const given = Buffer.from(w.challenged(await w.ask('/auth/passkey/begin')).challenge, 'base64');
    const prolonged = Buffer.from(given);
    prolonged.writeUIntBE(w.clock.now() + 86_400_000, 16, 6);
    for (const challenge of [prolonged, Buffer.alloc(54), given.subarray(0, 53), Buffer.concat([given, Buffer.of(0)])]) expect(code(await w.ask('/auth/passkey', { body: usedBy(soft, { challenge: challenge.toString('base64') }) }))).toBe('sign_in_refused');
  });
  test('a million of them leave nothing behind', async () => {
    const w = world();
    const size = w.memory.rows('operator').length;
    for (let i = 0; i < 50; i++) await w.ask('/auth/passkey/begin');
    expect(w.memory.rows('operator').length).toBe(size);
  });
});

/** Guarantee: a copy of an authenticator is found out when both are used, refused, and somebody is told. */
test('a counter that went back is refused, on record, and an alert', async () => {
  const w = world();
  const { headers } = await w.person();
  const soft = newDevice({ counts: true });
  await w.add(headers, soft, { counter: 5 });
  expect(code(await w.signIn(soft, { counter: 6 }))).toBe(200);
  expect([code(await w.signIn(soft, { counter: 6 })), code(await w.signIn(soft, { counter: 0 })), code(await w.confirm(headers, soft, { counter: 5 }))]).toEqual(['passkey_copied', 'passkey_copied', 'passkey_copied']);
  expect(code(await w.signIn(soft, { counter: 7 }))).toBe(200);
  expect(w.entries().filter((entry) => entry.code === 'passkey_copied').length).toBeGreaterThan(0);
  await w.clock.advance(1_000);
  expect((await w.memory.alerts.list({ tenants: null, openOnly: true, limit: 10 })).map(({ kind }) => kind)).toContain('passkey_copied');
});

test('whose passkey it is decides: another person’s confirms nothing of mine', async () => {
  const w = world();
  const [mine, theirs] = [await w.person(), await w.person()];
  const soft = newDevice();
  await w.add(theirs.headers, soft);
  expect(code(await w.confirm(mine.headers, soft))).toBe('passkey_refused');
  expect(code(await w.add(mine.headers, soft))).toBe('passkey_refused'); // nor can it be made mine
});
test('a disabled user signs in with nothing, and whoever begins anew has no passkey left', async () => {
  const w = world();
  const { user, headers } = await w.person();
  const soft = newDevice();
  await w.add(headers, soft);
  const owner = await w.person({ role: 'owner', isConfirmed: true });
  const change = (body: object) => w.http.inject({ method: 'PUT', url: `/v1/users/${user.id}`, headers: { ...owner.headers, 'x-forwarded-for': INSIDE }, payload: { reason: 'for a test', ...body } });
  expect((await change({ state: 'disabled' })).statusCode).toBe(200);
  expect(code(await w.signIn(soft))).toBe('sign_in_refused');
  expect((await change({ state: 'active' })).statusCode).toBe(200);
  expect(code(await w.signIn(soft))).toBe(200);
  const link = await w.ask(`/users/${user.id}/reset`, { headers: owner.headers, body: { reason: 'lost it' } });
  const invitation = /inv_[\w-]{43}/.exec(String(link.body['link']))?.[0];
  expect(code(await w.ask('/auth/redeem', { body: { code: invitation, name: 'Ana', password: 'another long password' } }))).toBe(201);
  expect(code(await w.signIn(soft))).toBe('sign_in_refused');
});

test.each<[Role, unknown]>([['owner', 'second_factor_stays'], ['admin', 'second_factor_stays'], ['operator', 200], ['viewer', 200]])('an %s who gives up the last second factor: %s', async (role, expected) => {
  const w = world();
  const { headers } = await w.person({ role });
  const made = [await w.add(headers, newDevice()), await w.add(headers, newDevice())];
  expect(made.map(({ status, body }) => [status, body['problems']])).toEqual([[201, undefined], [201, undefined]]);
  const drop = async (one: Answer | undefined) => code(await w.ask(`/auth/passkeys/${String(one?.body['passkey_id'])}`, { method: 'DELETE', headers }));
  expect([await drop(made[0]), await drop(made[0]), await drop(made[1])]).toEqual([200, 'not_found', expected]);
});
test(`nobody has more than ${PASSKEYS_MAX}`, async () => {
  const w = world();
  const { headers } = await w.person();
  for (let i = 0; i < PASSKEYS_MAX; i++) expect(code(await w.add(headers, newDevice()))).toBe(201);
  expect(code(await w.add(headers, newDevice()))).toBe('passkey_refused');
});
test('requests of other pages are refused before anything is looked at', async () => {
  const w = world();
  const { headers } = await w.person();
  const { 'x-argus-csrf': _csrf, ...without } = headers;
  expect(code(await w.begin(without))).toBe('csrf_refused');
  expect(code(await w.begin({ ...headers, 'sec-fetch-site': 'cross-site' }))).toBe('foreign_origin');
  expect(code(await w.ask('/auth/passkey', { headers: { origin: 'https://evil.test' }, body: {} }))).toBe('foreign_origin');
});
test('where people sign in another way, or at an address, no passkey signs in', async () => {
  for (const people of [{ mode: 'oidc' }, { mode: 'disabled' }, { publicUrl: 'https://192.0.2.1' }] as const) expect(code(await world(people).ask('/auth/passkey/begin'))).toBe('sign_in_off');
  const w = world({ publicUrl: 'https://192.0.2.1' });
  expect(code(await w.begin((await w.person()).headers))).toBe('passkey_refused');
});

/** One touch over this very request confirms the sign-in for it: no other request, nobody else's passkey, no second time. */
describe('an activation by a person who has not confirmed', () => {
  async function ready() {
    const w = world();
    await consentedAndArmed(w.api.ledger, TENANT, AGENT);
    const { headers, user } = await w.person();
    const soft = newDevice({ counts: true });
    await w.add(headers, soft);
    await w.clock.advance(STEP_UP_FRESH_MS + 1);
    let nonces = 0;
    const bodyOf = () => ({ tenant_id: TENANT, reason: 'investigate alert', minutes: 30, nonce: `nonce_of_this_test_${(nonces += 1)}`.padEnd(24, '0'), timestamp: isoTime(w.clock.now()) });
    type Body = ReturnType<typeof bodyOf>;
    const touched = (body: Body, { over = {}, made = {}, by = soft }: { over?: object; made?: Over; by?: SoftAuthenticator } = {}) => {
      const asked = { instance: INSTANCE, tenant: TENANT, agent: AGENT, operator: user.email, reason: body.reason, minutes: body.minutes, ...over };
      return passkeyProof(by.key.key.public_key, by.assert(proofChallenge(proofText(asked, body)), made), body);
    };
    const activate = async (body: object) => code(await w.ask(`/support/agents/${AGENT}/activate`, { headers: { ...headers, 'x-argus-ops-token': OPS_TOKEN }, body }));
    return { ...w, bodyOf, touched, activate, soft };
  }
  test('is refused without a touch, and goes on with one', async () => {
    const { bodyOf, touched, activate } = await ready();
    const body = bodyOf();
    expect(await activate(body)).toBe('step_up_required');
    expect(await activate({ ...body, operator_proof: touched(body) })).toBe('agent_offline'); // the last gate but two: no machine is connected here
  });
  test.each<[string, object]>([
    ['another agent', { agent: 'agent_somebody_else' }],
    ['another tenant', { tenant: 'SOMEBODY_ELSE' }],
    ['another reason', { reason: 'another reason' }],
    ['another time box', { minutes: 120 }],
    ['another person', { operator: 'eve@argus.example' }],
    ['another installation', { instance: `ins_${'b'.repeat(20)}` }],
  ])('is refused with a touch over %s', async (_what, over) => {
    const { bodyOf, touched, activate } = await ready();
    const body = bodyOf();
    expect(await activate({ ...body, operator_proof: touched(body, { over }) })).toBe('step_up_required');
  });
  test('is refused with a touch of another request, on another page, without a PIN, or of nobody’s passkey', async () => {
    const { bodyOf, touched, activate } = await ready();
    const [body, other] = [bodyOf(), bodyOf()];
    const proofs = [touched(other), { ...touched(other), nonce: body.nonce }, touched(body, { made: { origin: 'https://evil.test' } }), touched(body, { made: { flags: UP } }), touched(body, { by: newDevice({ key: freshSoftKey() }) }), touched(body, { made: { signer: freshSoftKey() } })];
    for (const operator_proof of proofs) expect(await activate({ ...body, operator_proof })).toBe('step_up_required');
  });
  test('is refused with a counter that went back, and somebody is told', async () => {
    const { bodyOf, touched, activate, entries } = await ready();
    const body = bodyOf();
    expect(await activate({ ...body, operator_proof: touched(body, { made: { counter: 9 } }) })).toBe('agent_offline');
    const again = bodyOf();
    expect(await activate({ ...again, operator_proof: touched(again, { made: { counter: 9 } }) })).toBe('step_up_required');
    expect(entries().some((entry) => entry.code === 'passkey_copied')).toBe(true);
  });
});

import { toBase64Url } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { isPatIntact } from '@argus/keys/secrets.ts';
import type { Pat, TenantId } from '@argus/protocol/ids.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { createTestApi } from '../../test/api.ts';
import { makePerson, signedIn, type SignedInHeaders } from '../../test/people.ts';
import { factOf, OTHER_TENANT, seededRandom, TENANT } from '../../test/sample.ts';
import { HANDOFF_FOR_MS } from './handoffs.ts';
import { PRESETS } from './principal.ts';
import { scopesOf, type Role } from './roles.ts';
import { HANDOFF_TURNS } from './sign-in-limits.ts';
import type { User } from './user.ts';

const random = seededRandom('handoffs');
const newVerifier = () => toBase64Url(random(32));
const challengeOf = (verifier: string) => toBase64Url(sha256(verifier));

let world: ReturnType<typeof createTestApi>;
let ana: User;
let verifier: string;
beforeEach(async () => {
  world = createTestApi();
  ana = await makePerson(world, { email: 'ana@argus.example', role: 'operator' });
  verifier = newVerifier();
});

async function post(url: string, payload: object, headers: Readonly<Record<string, string>> = {}) {
  const answer = await world.http.inject({ method: 'POST', url, payload, headers });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), text: answer.body };
}
const asPerson = async (user = ana, isConfirmed = true) => (await signedIn(world, user, { isConfirmed })).headers;
const approve = (headers: SignedInHeaders, over: object = {}) => post('/v1/auth/handoffs', { name: 'argusctl on laptop', scopes: ['tenants:read'], days: 30, challenge: challengeOf(verifier), ...over }, headers);
const approved = async (headers?: SignedInHeaders, over: object = {}) => {
  const { body } = await approve(headers ?? (await asPerson()), over);
  return String(body['code']);
};
const claim = (code: string, over: object = {}, from = '198.51.100.7') => post('/v1/auth/handoffs/claim', { code, verifier, ...over }, { 'x-forwarded-for': from });
const tokens = () => world.memory.pats.list(null, 100);
const last = () => world.memory.rows('operator').at(-1)?.audit;

/** To the byte what somebody hears who made the code up. */
async function expectRefused(answer: Awaited<ReturnType<typeof claim>>): Promise<void> {
  const madeUp = await claim(`hnd_${'m'.repeat(43)}`, {}, '203.0.113.77');
  expect([answer.status, answer.body['code']]).toEqual([403, 'handoff_refused']);
  expect({ ...answer.body, request_id: 0 }).toEqual({ ...madeUp.body, request_id: 0 });
}

test('what a person approves is a token of theirs when the program comes for it, and there is none before', async () => {
  const headers = await asPerson();
  const code = await approved(headers, { tenants: undefined });
  expect(code).toMatch(/^hnd_[\w-]{43}$/);
  expect(await tokens()).toEqual([]);
  expect(last()).toMatchObject({ action: 'handoff_approved', outcome: 'ok', operator: 'ana@argus.example', reason: 'token argusctl on laptop for argusctl approved', args: { scopes: 'tenants:read', tenants: 'all', days: 30 } });

  const made = await claim(code);
  expect(made).toMatchObject({ status: 201, body: { name: 'argusctl on laptop', operator: 'ana@argus.example', scopes: ['tenants:read'], tenants: 'all', last_used_at: null, revoked_at: null } });
  expect(isPatIntact(made.body['pat'] as Pat)).toBe(true);
  expect(last()).toMatchObject({ action: 'pat_created', outcome: 'ok', operator: 'ana@argus.example', reason: 'token argusctl on laptop made for argusctl', args: { token_id: made.body['token_id'], made_by: made.body['made_by'] } });
  const me = await world.http.inject({ url: '/operators/me', headers: { authorization: `Bearer ${String(made.body['pat'])}` } });
  expect(me.json()).toMatchObject({ operator: 'ana@argus.example', scopes: ['tenants:read'] });
  const mine = await world.http.inject({ url: '/v1/pats', headers });
  expect(mine.json<{ pats: { token_id: string }[] }>().pats.map((row) => row.token_id)).toEqual([made.body['token_id']]);
});

test('nothing on record opens anything: not the code, not the verifier, not the token', async () => {
  const code = await approved();
  const made = await claim(code);
  const record = JSON.stringify(world.memory.rows('operator'));
  for (const secret of [code.slice(4), verifier, String(made.body['pat']).slice(4)]) expect(record).not.toContain(secret);
});

describe('a code', () => {
  /** Guarantee: one approval is one token, whoever saw the code go by. */
  test('opens once: the same again is refused, with the right verifier too', async () => {
    const code = await approved();
    expect((await claim(code)).status).toBe(201);
    await expectRefused(await claim(code));
    expect(await tokens()).toHaveLength(1);
  });

  test('that two come with at the same time makes one token', async () => {
    const code = await approved();
    const both = await Promise.all([claim(code), claim(code)]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 403]);
    expect(await tokens()).toHaveLength(1);
  });

  test('that was stolen is worth nothing without the verifier, and is spent by the try', async () => {
    const code = await approved();
    await expectRefused(await claim(code, { verifier: newVerifier() }));
    expect(world.memory.rows('operator').map(({ audit }) => audit)).toContainEqual(expect.objectContaining({ action: 'handoff_refused', outcome: 'refused', code: 'handoff_refused', operator: 'ana@argus.example' }));
    await expectRefused(await claim(code));
    expect(await tokens()).toEqual([]);
  });

  test('is not opened by its challenge, which stood in an address', async () => {
    await expectRefused(await claim(await approved(), { verifier: challengeOf(verifier) }));
  });

  test('is good for a minute and no longer', async () => {
    const [early, late] = [await approved(), await approved()];
    await world.clock.advance(HANDOFF_FOR_MS - 1);
    expect((await claim(early)).status).toBe(201);
    await world.clock.advance(1);
    await expectRefused(await claim(late));
  });

  test.each([['nothing', {}], ['no verifier', { verifier: undefined }], ['a short verifier', { verifier: 'abc' }], ['a verifier in a list', { verifier: ['A'.repeat(43)] }], ['a code of another kind', { code: `inv_${'m'.repeat(43)}` }], ['more than that', { name: 'mine' }]])('with %s is not even a claim', async (what, over) => {
    const code = await approved();
    expect(await post('/v1/auth/handoffs/claim', what === 'nothing' ? {} : { code, verifier, ...over })).toMatchObject({ status: 422, body: { code: 'bad_request' } });
    expect((await claim(code)).status).toBe(201);
  });
});

/** Guarantee: what was approved is worth as much as the sign-in it was approved with. */
describe('between approval and claim', () => {
  const doing = async (deed: Parameters<typeof world.api.ledger.append>[1]) => {
    expect((await world.api.ledger.append(factOf({ tenant: null, outcome: 'ok' }), deed)).ok).toBe(true);
  };
  const change = (role: Role, over: { state?: 'active' | 'disabled'; tenants?: readonly TenantId[] | null } = {}) => doing([{ do: 'change_user', user: ana.id, was: ana, role, tenants: null, state: 'active', scopes: scopesOf(role), at: world.clock.now(), ...over }]);
  test.each<[string, (headers: SignedInHeaders) => Promise<unknown>]>([
    ['signs out', (headers) => post('/v1/auth/sign-out', {}, headers)],
    ['is disabled', () => change('operator', { state: 'disabled' })],
    ['is removed', () => doing([{ do: 'remove_user', user: ana.id, was: ana, at: world.clock.now() }])],
    ['is given another role', () => change('viewer')],
    ['is given other tenants', () => change('operator', { tenants: [TENANT] })],
  ])('a person who %s gets no token', async (_what, happen) => {
    const headers = await asPerson();
    const code = await approved(headers);
    await happen(headers);
    await expectRefused(await claim(code));
    expect(await tokens()).toEqual([]);
  });
});

describe('to approve', () => {
  test.each([
    ['without a cookie', { cookie: '' }, 'unauthenticated'],
    ['without the token of the sign-in', { 'x-argus-csrf': '' }, 'csrf_refused'],
    ['with the token of another one', { 'x-argus-csrf': `csr_${'x'.repeat(43)}` }, 'csrf_refused'],
    ['from another page', { 'sec-fetch-site': 'cross-site' }, 'foreign_origin'],
    ['from a neighbour', { origin: 'http://127.0.0.1:4711', 'sec-fetch-site': 'same-site' }, 'foreign_origin'],
  ])('%s is refused', async (_what, headers, code) => {
    const before = world.memory.rows('operator').length;
    expect((await approve({ ...(await asPerson()), ...headers })).body['code']).toBe(code);
    expect(world.memory.rows('operator').length - before).toBe(1); // the sign-in itself
  });

  test('asks for a second factor of the last five minutes, and a refusal is on record', async () => {
    expect((await approve(await asPerson(ana, false))).body['code']).toBe('step_up_required');
    expect(last()).toMatchObject({ action: 'handoff_approved', outcome: 'refused', code: 'step_up_required' });
    const headers = await asPerson();
    await world.clock.advance(5 * 60_000 + 1);
    expect((await approve(headers)).body['code']).toBe('step_up_required');
  });

  test('more than the person may themselves is refused', async () => {
    const headers = await asPerson();
    for (const over of [{ scopes: ['pats:write'] }, { scopes: ['tenants:read', 'agents:enroll'] }, { scopes: undefined, preset: 'admin-full' }, { scopes: undefined, preset: 'tenant-admin' }])
      expect((await approve(headers, over)).body['code']).toBe('pat_too_mighty');
    expect(last()).toMatchObject({ action: 'handoff_approved', outcome: 'refused', code: 'pat_too_mighty' });
    const owner = await asPerson(await makePerson(world, { email: 'bo@argus.example', role: 'owner' }));
    expect((await approve(owner, { scopes: undefined, preset: 'admin-full' })).status).toBe(201);
  });

  test('further than the person reaches is refused, whether there is such a tenant or not, and without a name it is as far as they', async () => {
    const pat = await world.newToken(PRESETS['admin-full']);
    for (const id of [TENANT, OTHER_TENANT]) await post('/tenants', { id, name: 'x' }, { authorization: `Bearer ${pat}` });
    const headers = await asPerson(await makePerson(world, { email: 'bo@argus.example', role: 'operator', tenants: [TENANT] }));
    for (const tenant of [OTHER_TENANT, 'NO_SUCH_TENANT']) expect((await approve(headers, { tenants: [tenant] })).body['code']).toBe('tenant_not_found');
    expect((await claim(await approved(headers))).body['tenants']).toEqual([TENANT]);
    expect((await claim(await approved(headers, { tenants: [TENANT] }))).body['tenants']).toEqual([TENANT]);
  });

  test.each([
    ['missing', undefined], ['empty', ''], ['short', 'A'.repeat(42)], ['long', 'A'.repeat(44)], ['of other letters', `${'A'.repeat(42)}=`], ['in another spelling', `${'A'.repeat(42)}B`], ['a number', 7], ['a list', ['A'.repeat(43)]],
  ])('a challenge that is %s is refused, and nothing is kept', async (_what, challenge) => {
    const headers = await asPerson();
    const before = world.memory.rows('operator').length;
    expect(await approve(headers, { challenge })).toMatchObject({ status: 422, body: { code: 'bad_request' } });
    expect(world.memory.rows('operator').length).toBe(before);
  });

  test('is for people: a token approves none, however mighty', async () => {
    const pat = await world.newToken(PRESETS['admin-full']);
    expect((await approve({ authorization: `Bearer ${pat}` })).body['code']).toBe('missing_role');
  });

  test('is not there when its entry cannot be written', async () => {
    const state = { isDown: false };
    world = createTestApi({ between: (stores) => ({ ...stores, leaves: { ...stores.leaves, commit: async (batch) => { if (state.isDown) throw new Error('gone'); return stores.leaves.commit(batch); } } }) });
    const headers = await asPerson(await makePerson(world, { email: 'ana@argus.example', role: 'operator' }));
    const code = await approved(headers);
    state.isDown = true;
    expect((await approve(headers)).body['code']).toBe('audit_unavailable');
    expect((await claim(code)).body['code']).toBe('audit_unavailable');
    state.isDown = false;
    await expectRefused(await claim(code)); // it was spent, and made nothing
    expect(await tokens()).toEqual([]);
  });
});

test('an address that comes with wrong codes has to wait, and others do not', async () => {
  const wrong = (i: number, from: string) => claim(`hnd_${String(i).padStart(43, 'w')}`, {}, from);
  for (let i = 0; i < HANDOFF_TURNS.max; i++) expect((await wrong(i, '203.0.113.9')).body['code']).toBe('handoff_refused');
  const code = await approved();
  expect((await claim(code, {}, '203.0.113.9')).body).toMatchObject({ code: 'rate_limited', retry_after_s: 900 });
  expect((await claim(code, {}, '198.51.100.7')).status).toBe(201);
});

test('somebody who gets it right each time is never told to wait', async () => {
  const headers = await asPerson();
  for (let i = 0; i < HANDOFF_TURNS.max + 2; i++) expect((await claim(await approved(headers))).status).toBe(201);
});

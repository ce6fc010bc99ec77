import { isPatIntact } from '@argus/keys/secrets.ts';
import { mustId, newHandle, type Pat, type TenantId } from '@argus/protocol/ids.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { createTestApi } from '../../test/api.ts';
import { DAY_MS, OTHER_TENANT, seededRandom, START, TENANT } from '../../test/sample.ts';
import { PRESETS, SCOPES, type Scope } from './principal.ts';

type Answer = { readonly status: number; readonly body: Record<string, unknown>; readonly text: string };
let world: ReturnType<typeof createTestApi>;
let admin: string;
const NOBODYS = newHandle('token', seededRandom('nobody'));

beforeEach(async () => {
  world = createTestApi();
  admin = await world.newToken(PRESETS['admin-full']);
  for (const id of [TENANT, OTHER_TENANT]) await call('POST', '/tenants', { pat: admin, body: { id, name: 'x' } });
});

async function call(method: 'GET' | 'POST' | 'DELETE', url: string, { pat, body }: { pat: string; body?: object }): Promise<Answer> {
  const answer = await world.http.inject({ method, url, headers: { authorization: `Bearer ${pat}` }, ...(body && { payload: body }) });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), text: answer.body };
}
const make = (pat: string, over: object = {}) => call('POST', '/pats', { pat, body: { name: 'laptop', scopes: ['tenants:read'], days: 30, ...over } });
const list = async (pat: string) => ((await call('GET', '/v1/pats', { pat })).body['pats'] ?? []) as Record<string, unknown>[];
const last = () => world.memory.rows('operator').at(-1)?.audit;
const entries = () => world.memory.rows('operator').length;

describe('a new token', () => {
  test('is shown once, opens what it was made for, and belongs to who made it', async () => {
    const made = await make(admin, { preset: 'support-operator', scopes: undefined, tenants: [TENANT] });
    expect(made).toMatchObject({ status: 201, body: { name: 'laptop', operator: 'ana@argus.example', scopes: PRESETS['support-operator'], tenants: [TENANT], last_used_at: null, revoked_at: null } });
    const pat = String(made.body['pat']);
    expect(isPatIntact(pat as Pat)).toBe(true);
    expect((await call('GET', '/operators/me', { pat })).body).toEqual({ operator: 'ana@argus.example', token_id: made.body['token_id'], scopes: PRESETS['support-operator'], tenants: [TENANT] });
    const shown = (await list(admin)).find((row) => row['token_id'] === made.body['token_id']);
    const { pat: _secret, ...view } = made.body;
    expect(shown).toEqual({ ...view, last_used_at: null });
    for (const row of [...(await list(admin)), ...world.memory.rows('operator')]) expect(JSON.stringify(row)).not.toContain(pat.slice(4));
  });

  test('is in the operator log, with what it may do, in the same commit', async () => {
    const { body } = await make(admin, { tenants: [OTHER_TENANT, TENANT, TENANT] });
    expect(last()).toMatchObject({
      action: 'pat_created', outcome: 'ok', operator: 'ana@argus.example', tenant_id: null, reason: 'token laptop made',
      args: { token_id: body['token_id'], scopes: 'tenants:read', tenants: `${TENANT} ${OTHER_TENANT}`, days: 30, made_by: body['made_by'] },
    });
    expect(body['tenants']).toEqual([TENANT, OTHER_TENANT]);
  });

  test('is not there when its entry cannot be written', async () => {
    const down = createTestApi({ between: (stores) => ({ ...stores, leaves: { ...stores.leaves, commit: async () => { throw new Error('gone'); } } }) });
    const pat = await down.newToken(PRESETS['admin-full']);
    const answer = await down.http.inject({ method: 'POST', url: '/pats', headers: { authorization: `Bearer ${pat}` }, payload: { name: 'x', scopes: ['tenants:read'], days: 1 } });
    expect(answer.json()).toMatchObject({ code: 'audit_unavailable' });
    expect(await down.memory.pats.list(null, 10)).toHaveLength(1);
  });

  test('without tenants reaches as far as the one that made it', async () => {
    expect((await make(admin)).body['tenants']).toBe('all');
    const limited = await world.newToken(['pats:write', 'tenants:read'], [TENANT]);
    expect((await make(limited)).body['tenants']).toEqual([TENANT]);
  });

  test('lives as long as was said, up to 366 days', async () => {
    expect((await make(admin, { days: 366 })).body['expires_at']).toBe(new Date(START + 366 * DAY_MS).toISOString());
    for (const days of [0, 367, 1.5, -1, '30', null]) expect((await make(admin, { days })).body['code'], String(days)).toBe('bad_request');
  });

  test.each([
    [{ scopes: undefined }], [{ preset: 'admin-full' }], [{ scopes: [] }], [{ scopes: ['root'] }], [{ scopes: ['tenants:read', 'toString'] }], [{ preset: 'toString', scopes: undefined }], [{ preset: 'god', scopes: undefined }],
    [{ name: '' }], [{ name: 'x'.repeat(101) }], [{ name: `pat_${'a'.repeat(43)}` }], [{ name: 'line\nbreak' }], [{ tenants: [] }], [{ tenants: ['x'] }], [{ operator: 'eve@argus.example' }], [{ tenants: 'all' }],
  ])('that asks for %j is refused, and nothing is written', async (over) => {
    const before = entries();
    expect(await make(admin, over)).toMatchObject({ status: 422, body: { code: 'bad_request' } });
    expect(entries()).toBe(before);
  });
});

/** Guarantee: what is given to somebody outside opens the log of one tenant, and nothing can be mixed into it. */
describe('a token for a tenant to read its own log', () => {
  const reader = { preset: 'tenant-reader', scopes: undefined, tenants: [TENANT] };

  test('is made by who may read logs, and reads that log and no other', async () => {
    const made = await make(admin, reader);
    expect(made).toMatchObject({ status: 201, body: { scopes: ['own_log:read'], tenants: [TENANT] } });
    const pat = String(made.body['pat']);
    const at = async (url: string) => (await call('GET', url, { pat })).body['code'];
    expect(await call('GET', `/tenants/${TENANT}/log/checkpoint`, { pat })).toMatchObject({ status: 200, body: { size: 1 } });
    expect(await at(`/tenants/${OTHER_TENANT}/log/checkpoint`)).toBe('tenant_not_found');
    expect(await at('/operators/me')).toBe('unauthenticated');
    expect(await at('/audit-log')).toBe('unauthenticated');
  });

  test.each([
    ['for all tenants', { tenants: undefined }],
    ['for two tenants', { tenants: [TENANT, OTHER_TENANT] }],
    ['with another scope beside it', { preset: undefined, scopes: ['own_log:read', 'logs:read'] }],
  ])('%s is refused, and nothing is written', async (_what, over) => {
    const before = entries();
    expect(await make(admin, { ...reader, ...over })).toMatchObject({ status: 422, body: { code: 'bad_request' } });
    expect(entries()).toBe(before);
  });

  test('is not made by who cannot read logs, nor for a tenant out of reach', async () => {
    expect((await make(await world.newToken(['pats:write']), reader)).body['code']).toBe('pat_too_mighty');
    expect((await make(await world.newToken(['pats:write', 'logs:read'], [OTHER_TENANT]), reader)).body['code']).toBe('tenant_not_found');
    expect((await make(await world.newToken(['pats:write', 'logs:read'], [TENANT]), { ...reader, tenants: undefined })).body['tenants']).toEqual([TENANT]);
  });

  test('reads nothing any more from the moment it is revoked', async () => {
    const { body } = await make(admin, reader);
    await call('DELETE', `/pats/${String(body['token_id'])}`, { pat: admin });
    expect(await call('GET', `/tenants/${TENANT}/log/export`, { pat: String(body['pat']) })).toMatchObject({ status: 401 });
  });
});

/** Guarantee: no token makes one that may do more than itself, however it asks. */
describe('a token cannot make one mightier than itself', () => {
  const all = (Object.keys(SCOPES) as Scope[]).filter((scope) => scope !== 'own_log:read'); // which stands alone
  test.each(all.filter((scope) => scope !== 'pats:write'))('without %s it cannot give it', async (scope) => {
    const weaker = await world.newToken(all.filter((s) => s !== scope));
    for (const asked of [{ scopes: [scope] }, { scopes: ['pats:write', scope] }, { preset: 'admin-full', scopes: undefined }])
      expect(await make(weaker, asked)).toMatchObject({ status: 403, body: { code: 'pat_too_mighty' } });
    expect(last()).toMatchObject({ action: 'pat_created', outcome: 'refused', code: 'pat_too_mighty' });
    expect((await make(weaker, { scopes: all.filter((s) => s !== scope) })).status).toBe(201);
  });

  test('limited to a tenant it cannot name another, and learns nothing of whether there is one', async () => {
    const limited = await world.newToken(['pats:write', 'tenants:read'], [TENANT]);
    const other = await make(limited, { tenants: [OTHER_TENANT] });
    const nobody = await make(limited, { tenants: ['NO_SUCH_TENANT'] });
    expect([other.status, { ...other.body, request_id: 0 }]).toEqual([404, { ...nobody.body, request_id: 0 }]);
    expect((await make(limited, { tenants: [TENANT, OTHER_TENANT] })).status).toBe(404);
    expect((await make(limited, { tenants: [TENANT] })).status).toBe(201);
  });

  test('limited to a tenant it cannot make one for all, nor can its children', async () => {
    let pat = await world.newToken(['pats:write', 'tenants:read'], [TENANT]);
    for (let generation = 0; generation < 3; generation++) {
      const made = await make(pat, { scopes: ['pats:write', 'tenants:read'] });
      expect(made.body['tenants']).toEqual([TENANT]);
      pat = String(made.body['pat']);
    }
    expect((await call('GET', '/tenants', { pat })).body['tenants']).toMatchObject([{ id: TENANT }]);
  });

  test.each(Object.entries(PRESETS).filter(([name]) => name !== 'admin-full'))('the preset %s makes none', async (name, scopes) => {
    expect((await make(await world.newToken(scopes))).body['code']).toBe(name === 'tenant-reader' ? 'unauthenticated' : 'missing_role');
  });
});

describe('revoking', () => {
  /** Guarantee: who is nobody by the time it is written makes nothing, and hears what anybody hears who is nobody. */
  test('while the token makes another: nothing is made, and it is answered like one without a credential', async () => {
    const { body: maker } = await make(admin, { scopes: ['pats:write', 'tenants:read'] });
    const { byId } = world.memory.tenants;
    world.memory.tenants.byId = async (id) => {
      world.memory.tenants.byId = byId;
      await call('DELETE', `/pats/${String(maker['token_id'])}`, { pat: admin });
      return byId(id);
    };
    const before = entries();
    const refused = await make(String(maker['pat']), { tenants: [TENANT] });
    const nobody = await make(`pat_${'a'.repeat(43)}`);
    expect([refused.status, { ...refused.body, request_id: 0 }]).toEqual([401, { ...nobody.body, request_id: 0 }]);
    expect(entries()).toBe(before + 1);
    expect((await list(admin)).filter((row) => row['made_by'] === maker['token_id'])).toEqual([]);
  });

  test('works from the next request on, is on record once, and can be said twice', async () => {
    const { body } = await make(admin);
    const pat = String(body['pat']);
    expect((await call('GET', '/tenants', { pat })).status).toBe(200);
    const revoked = await call('DELETE', `/v1/pats/${String(body['token_id'])}`, { pat: admin });
    expect(revoked).toMatchObject({ status: 200, body: { token_id: body['token_id'], revoked_at: new Date(START).toISOString() } });
    expect(await call('GET', '/tenants', { pat })).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(last()).toMatchObject({ action: 'pat_revoked', outcome: 'ok', reason: 'token laptop revoked', args: { token_id: body['token_id'] } });
    const before = entries();
    expect((await call('DELETE', `/pats/${String(body['token_id'])}`, { pat: admin })).body).toEqual(revoked.body);
    expect(entries()).toBe(before);
  });

  test('of two at once, one is on record and both hear that it is done', async () => {
    const { body } = await make(admin);
    const before = entries();
    const both = await Promise.all([1, 2].map(() => call('DELETE', `/pats/${String(body['token_id'])}`, { pat: admin })));
    expect(both.map((a) => a.status)).toEqual([200, 200]);
    expect(entries()).toBe(before + 1);
  });

  test('a token may revoke itself', async () => {
    const { body } = await make(admin, { scopes: ['pats:write'] });
    const pat = String(body['pat']);
    expect((await call('DELETE', `/pats/${String(body['token_id'])}`, { pat })).status).toBe(200);
    expect((await call('GET', '/pats', { pat })).status).toBe(401);
  });

  test('does nothing when it cannot be written down', async () => {
    const state = { isDown: false };
    const faulty = createTestApi({ between: (stores) => ({ ...stores, leaves: { ...stores.leaves, commit: async (batch) => { if (state.isDown) throw new Error('gone'); return stores.leaves.commit(batch); } } }) });
    const pat = await faulty.newToken(PRESETS['admin-full']);
    const [row] = await faulty.memory.pats.list(null, 1);
    state.isDown = true;
    const answer = await faulty.http.inject({ method: 'DELETE', url: `/pats/${row?.tokenId ?? ''}`, headers: { authorization: `Bearer ${pat}` } });
    expect(answer.json()).toMatchObject({ code: 'audit_unavailable' });
    expect((await faulty.memory.pats.list(null, 1))[0]?.revokedAt).toBeNull();
  });
});

/** Guarantee: what lies beyond the tenants of a credential cannot be seen, named or revoked with it. */
describe('a credential limited to tenants', () => {
  async function reach(tenants: readonly TenantId[] | undefined): Promise<{ id: string; pat: string }> {
    const { body } = await make(admin, tenants ? { tenants } : {});
    return { id: String(body['token_id']), pat: String(body['pat']) };
  }
  test('sees and revokes what is within its reach, and for others answers as if they did not exist', async () => {
    const limited = await world.newToken(['pats:write', 'tenants:read'], [TENANT]);
    const [own, others, both, all] = [await reach([TENANT]), await reach([OTHER_TENANT]), await reach([TENANT, OTHER_TENANT]), await reach(undefined)];
    const seen = (await list(limited)).map((row) => row['token_id']);
    expect(seen).toContain(own.id);
    for (const { id } of [others, both, all]) expect(seen).not.toContain(id);

    const nobodys = await call('DELETE', `/pats/${NOBODYS}`, { pat: limited });
    expect(nobodys.body['code']).toBe('pat_not_found');
    for (const { id, pat } of [others, both, all]) {
      const refused = await call('DELETE', `/pats/${id}`, { pat: limited });
      expect({ ...refused.body, request_id: 0 }).toEqual({ ...nobodys.body, request_id: 0 });
      expect((await call('GET', '/operators/me', { pat })).status).toBe(200);
    }
    expect(last()).toMatchObject({ action: 'pat_revoked', outcome: 'refused', code: 'pat_not_found' });
    expect((await call('DELETE', `/pats/${own.id}`, { pat: limited })).status).toBe(200);
  });
});

test.each(['x', 'tok_', NOBODYS.toUpperCase(), `pat_${'a'.repeat(43)}`, '__proto__'])('a token id of %s is nobody\'s', async (id) => {
  expect(await call('DELETE', `/pats/${id}`, { pat: admin })).toMatchObject({ status: 404, body: { code: 'pat_not_found' } });
});

test('the last use of a token is noted within seconds, and its requests do not wait for it', async () => {
  const { body } = await make(admin);
  await world.api.begin();
  await call('GET', '/tenants', { pat: String(body['pat']) });
  const shown = async () => (await world.memory.pats.byId(mustId('token', String(body['token_id']))))?.lastUsedAt;
  expect(await shown()).toBeNull();
  await world.clock.advance(5_000);
  expect(await shown()).toBe(START);
  await world.api.close();
});

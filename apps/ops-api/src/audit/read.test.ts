import { isoTime } from '@argus/kit/clock.ts';
import { ApiCallPage, EventPage, SupportAuditPage } from '@argus/protocol/http/audit.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { createTestApi } from '../../test/api.ts';
import { AGENT, callOf, newSessionId, OTHER_TENANT, START, TENANT } from '../../test/sample.ts';
import { PRESETS } from '../people/principal.ts';
import { writeCursor } from './cursor.ts';

type Row = Readonly<Record<string, unknown>>;
const world = createTestApi();
let admin: string;
let limited: string;
const ask = async (url: string, pat = admin) => {
  const answer = await world.http.inject({ method: 'GET', url, headers: { authorization: `Bearer ${pat}` } });
  return { status: answer.statusCode, body: answer.json<{ rows: Row[]; next_cursor: string | null; code?: string; problems?: string[] }>() };
};
const READS = ['/audit-log', '/support-audit', '/events'] as const;

beforeAll(async () => {
  admin = await world.newToken(PRESETS['admin-full']);
  limited = await world.newToken(['logs:read'], [TENANT]);
  const write = (method: 'POST' | 'PUT', url: string, payload: object) => world.http.inject({ method, url, headers: { authorization: `Bearer ${admin}` }, payload });
  for (const id of [TENANT, OTHER_TENANT]) {
    await write('POST', '/tenants', { id, name: 'x' });
    await write('POST', `/support/tenants/${id}/arm`, { reason: `arm ${id}`, confirm_tenant_id: id }); // refused: nobody has signed
    await write('POST', `/tenants/${id}/agents`, { agent_id: id === TENANT ? AGENT : 'agent_other' });
  }
  await write('POST', '/pats', { name: 'laptop', scopes: ['tenants:read'], days: 1 });
});

const shapes = { '/audit-log': ApiCallPage, '/support-audit': SupportAuditPage, '/events': EventPage } as const;
test.each(READS)('%s answers pages of its own shape, newest first, under both prefixes', async (url) => {
  for (const prefix of ['', '/v1']) {
    const { status, body } = await ask(`${prefix}${url}`);
    expect(status).toBe(200);
    expect(shapes[url].parse(body)).toEqual(body); // nothing in it that the shape does not know
    expect(body.rows.length).toBeGreaterThan(3);
    const times = body.rows.map((row) => String(row['at']));
    expect(times).toEqual(times.toSorted().toReversed());
  }
});

/** Guarantee: a credential for one tenant reads nothing about another, nor about what belongs to nobody. */
describe.each(READS)('%s, with a credential for one tenant', (url) => {
  test('holds the rows of that tenant and no other', async () => {
    const { body } = await ask(url, limited);
    expect(body.rows.length).toBeGreaterThan(1);
    expect(new Set(body.rows.map((row) => row['tenant_id']))).toEqual(new Set([TENANT]));
    expect(JSON.stringify(body)).not.toContain(OTHER_TENANT);
    const all = new Set((await ask(url)).body.rows.map((row) => row['tenant_id']));
    expect(all).toEqual(new Set([TENANT, OTHER_TENANT, null]));
  });
  test('answers for another tenant as for one that does not exist', async () => {
    const [others, nobodys] = [await ask(`${url}?tenant=${OTHER_TENANT}`, limited), await ask(`${url}?tenant=NO_SUCH_TENANT`, limited)];
    expect({ ...others.body, request_id: 0 }).toEqual({ ...nobodys.body, request_id: 0 });
    expect(others).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } });
  });
  test('is not widened by a cursor from another', async () => {
    const { body } = await ask(`${url}?limit=1`);
    const { body: rest } = await ask(`${url}?cursor=${body.next_cursor ?? ''}`, limited);
    expect(new Set(rest.rows.map((row) => row['tenant_id']))).toEqual(new Set([TENANT]));
  });
  test('of no tenant at all holds nothing', async () => {
    expect((await ask(url, await world.newToken(['logs:read'], []))).body).toMatchObject({ rows: [], next_cursor: null });
  });
});

test.each(READS)('%s is for who may read logs', async (url) => {
  expect((await ask(url, await world.newToken(['tenants:read', 'remote_support']))).body).toMatchObject({ code: 'missing_role' });
});

const filters: readonly (readonly [string, string, string])[] = [
  ['/audit-log', 'status=422', '{"status":422}'], ['/audit-log', 'route=/tenants/{tenant}/agents', '{"route":"/tenants/{tenant}/agents"}'], ['/audit-log', 'method=POST&status=403', '{"method":"POST","status":403}'],
  ['/audit-log', 'actor=ana@argus.example', '{"actor":"ana@argus.example"}'], ['/audit-log', `tenant=${TENANT}`, `{"tenant_id":"${TENANT}"}`],
  ['/support-audit', 'outcome=refused', '{"outcome":"refused","code":"tenant_consent_required"}'], ['/support-audit', 'action=tenant_armed&code=tenant_consent_required', '{"action":"tenant_armed"}'],
  ['/support-audit', `tenant=${OTHER_TENANT}`, `{"tenant_id":"${OTHER_TENANT}"}`], ['/support-audit', `agent=${AGENT}`, `{"agent_id":"${AGENT}"}`], ['/support-audit', 'operator=ana@argus.example&phase=fact', '{"phase":"fact"}'],
  ['/support-audit', `text=ARM ${TENANT.toLowerCase()}`, `{"tenant_id":"${TENANT}","reason":"arm ${TENANT}"}`],
  ['/events', 'type=pat_created', '{"type":"pat_created","tenant_id":null,"tree":"operator"}'], ['/events', `tenant=${TENANT}&type=tenant_created`, `{"tree":"${TENANT}","leaf_index":0}`],
];
test.each(filters)('%s?%s finds those and no other', async (url, query, like) => {
  await ask(`/tenants/${TENANT}/log/entries?from=x`); // 422, for the record
  const { body } = await ask(`${url}?${encodeURI(query)}`);
  expect(body.rows.length).toBeGreaterThan(0);
  for (const row of body.rows) expect(row).toMatchObject(JSON.parse(like) as object);
});

describe.each(READS)('%s refuses with the name of the parameter', (url) => {
  const wrong = [
    ['limit=0', 'limit: '], ['limit=501', 'limit: '], ['limit=1e2', 'limit: '], ['limit=', 'limit: '], ['limit=-1', 'limit: '], ['limit=1.5', 'limit: '], ['from=yesterday', 'from: '], ['from=2026-13-01T00:00:00Z', 'from: '],
    ['to=2026-03-01', 'to: '], ['to=2026-03-01T12:00:00', 'to: '], ['tenant=x', 'tenant: '], ['cursor=x', 'cursor: '], ['cursor=', 'cursor: '], [`cursor=${'A'.repeat(300)}`, 'cursor: '], ['colour=red', 'colour is not'], ['Limit=1', 'Limit is not'],
    ['limit=1&limit=2', 'limit: '], ['tenant=UTD_A&tenant=UTD_B', 'tenant: '], ['colour=1&colour=2', 'colour is not'], ['__proto__=1', 'a name that cannot be shown is not'], ['from[]=1', 'a name that cannot be shown is not'],
  ] as const;
  test.each(wrong)('?%s', async (query, named) => {
    const { status, body } = await ask(`${url}?${query}`);
    expect([status, body.code]).toEqual([422, 'bad_request']);
    expect(body.problems?.join('\n')).toContain(named);
    expect(JSON.stringify(body)).not.toContain('aaaaaaaaaa');
  });
});

test.each([
  ['/audit-log?status=0', 'status'], ['/audit-log?status=abc', 'status'], ['/audit-log?token=x', 'token'], ['/audit-log?method=get%20x', 'method'], ['/audit-log?route=tenants', 'route'], ['/audit-log?agent=agent_x_1', 'agent'],
  ['/support-audit?session=rss_x', 'session'], ['/support-audit?agent=x', 'agent'], ['/support-audit?action=party', 'action'], ['/support-audit?outcome=maybe', 'outcome'], ['/support-audit?phase=x', 'phase'], ['/support-audit?status=200', 'status'],
  ['/support-audit?code=%3Bdrop', 'code'], ['/support-audit?operator=', 'operator'], ['/events?type=party', 'type'], ['/events?operator=ana@argus.example', 'operator'],
])('%s names %s', async (url, name) => expect((await ask(url)).body).toMatchObject({ code: 'bad_request', problems: [expect.stringMatching(new RegExp(`^${name}(: | is not a query parameter)`))] }));

test('pages follow each other by their cursors, to the end', async () => {
  const seen: unknown[] = [];
  const tokenId = mustId('token', `tok_${'c'.repeat(20)}`);
  const calls = Array.from({ length: 7 }, (_, i) => callOf({ at: START - i, tokenId }));
  await world.memory.calls.add(calls, 'durable');
  let cursor: string | null = '';
  while (cursor !== null) {
    const { body }: Awaited<ReturnType<typeof ask>> = await ask(`/audit-log?token=${tokenId}&limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(body.rows.length).toBeLessThanOrEqual(3);
    seen.push(...body.rows.map((row) => row['id']));
    cursor = body.next_cursor;
  }
  expect(seen).toEqual(calls.map((call) => call.id));
});

test('from is in, to is out, and both take any time zone', async () => {
  const tokenId = mustId('token', `tok_${'d'.repeat(20)}`);
  const calls = [0, 1, 2].map((i) => callOf({ at: START - 1_000 * i, tokenId }));
  await world.memory.calls.add(calls, 'durable');
  const found = async (query: string) => (await ask(`/audit-log?token=${tokenId}&${query}`)).body.rows.map((row) => calls.findIndex((call) => call.id === row['id']));
  expect(await found(`from=${isoTime(START - 1_000)}`)).toEqual([0, 1]);
  expect(await found(`to=${isoTime(START - 1_000)}`)).toEqual([2]);
  expect(await found(`from=${encodeURIComponent('2026-03-01T13:59:59+02:00')}&to=${isoTime(START)}`)).toEqual([1]);
});

test('a cursor far away, or of nobody, is a place like any other', async () => {
  const id = '00000000-0000-4000-8000-000000000000';
  expect((await ask(`/audit-log?cursor=${writeCursor({ atUs: 0, id })}`)).body).toMatchObject({ rows: [], next_cursor: null });
  expect((await ask(`/support-audit?session=${newSessionId()}&cursor=${writeCursor({ atUs: Number.MAX_SAFE_INTEGER, id })}`)).status).toBe(200);
});

import { parseCanonical } from '@argus/kit/canonical-json.ts';
import { originOf } from '@argus/protocol/origin.ts';
import { beforeEach, expect, test } from 'vitest';
import { createTestApi } from '../../test/api.ts';
import { factOf, INSTANCE, TENANT } from '../../test/sample.ts';

type Line = { readonly index: number; readonly leaf: string };
const worldOf = async (...over: Parameters<typeof createTestApi>) => {
  const world = createTestApi(...over);
  await Promise.all(Array.from({ length: 600 }, () => world.api.ledger.append(factOf())));
  const pat = await world.newToken(['logs:read']);
  const get = (query = '') => world.http.inject({ method: 'GET', url: `/v1/tenants/${TENANT}/log/export${query}`, headers: { authorization: `Bearer ${pat}` } });
  const lines = async <T = Line>(query?: string) => (await get(query)).body.split('\n').slice(0, -1).map((line) => JSON.parse(line) as T);
  return { ...world, pat, get, lines };
};
let world: Awaited<ReturnType<typeof worldOf>>;
beforeEach(async () => void (world = await worldOf()));

test('has every entry with its index, exactly as it was hashed, one canonical line each', async () => {
  const answer = await world.get();
  expect(answer.headers).toMatchObject({ 'content-type': 'application/x-ndjson', 'x-argus-log-from': '0', 'x-argus-log-to': '600', 'x-argus-log-size': '600' });
  const texts = answer.body.split('\n').slice(0, -1);
  expect(texts.every((text) => parseCanonical(text).ok)).toBe(true);
  expect(texts.map((text) => JSON.parse(text) as Line)).toEqual(world.memory.rows(TENANT).map(({ seq, bytes }) => ({ index: seq, leaf: bytes })));
});

test('goes on from where it broke off, and has nothing at the end until there is more', async () => {
  expect((await world.lines('?from=598')).map(({ index }) => index)).toEqual([598, 599]);
  expect((await world.lines('?from=5&to=8')).map(({ index }) => index)).toEqual([5, 6, 7]);
  expect((await world.lines('?from=599&to=99999')).map(({ index }) => index)).toEqual([599]);
  const atTheEnd = await world.get('?from=600');
  expect([atTheEnd.statusCode, atTheEnd.body]).toEqual([200, '']);
  expect((await world.get('?from=601')).json()).toMatchObject({ code: 'bad_request' });
  await world.api.ledger.append(factOf());
  expect((await world.lines('?from=600')).map(({ index }) => index)).toEqual([600]);
});

test.each(['?format=csv', '?from=x', '?from=9&to=5', '?tenant=X_X'])('asked for with %s is refused', async (query) => expect((await world.get(query)).json()).toMatchObject({ code: 'bad_request' }));

test('as OCSF each line is an event with the index for its sequence', async () => {
  const events = await world.lines<{ class_uid: number; metadata: { sequence: number; log_name: string }; raw_data: string }>('?format=ocsf&from=590');
  expect(events.map((event) => event.metadata.sequence)).toEqual([590, 591, 592, 593, 594, 595, 596, 597, 598, 599]);
  expect(events[0]).toMatchObject({ class_uid: 6003, metadata: { log_name: originOf(INSTANCE, TENANT) }, raw_data: world.memory.rows(TENANT)[590]?.bytes });
});

/** Guarantee: what is missing shows as a number that does not come. */
test.each(['ndjson', 'ocsf'])('an entry that is gone is a gap in the numbers, and everything behind it still comes (%s)', async (format) => {
  const damaged = await worldOf({ between: (stores) => ({ ...stores, leaves: { ...stores.leaves, leaves: async (...args) => (await stores.leaves.leaves(...args)).filter(({ seq }) => seq !== 300) } }) });
  const lines = await damaged.lines<Partial<Line> & { metadata?: { sequence: number } }>(`?format=${format}&from=299&to=302`);
  expect(lines.map((line) => line.index ?? line.metadata?.sequence)).toEqual([299, 301]);
});

test('is on record before any of it leaves', async () => {
  await world.get();
  const { rows } = await world.memory.records.apiCalls({ tenants: null, match: { route: '/tenants/{tenant}/log/export' }, limit: 9 });
  expect(rows).toMatchObject([{ status: 200, scope: 'logs:read' }]);
});

test('of a tenant nobody made there is none', async () => {
  const answer = await world.http.inject({ method: 'GET', url: '/tenants/NO_SUCH_TENANT/log/export', headers: { authorization: `Bearer ${world.pat}` } });
  expect(answer.json()).toMatchObject({ code: 'tenant_not_found' });
});

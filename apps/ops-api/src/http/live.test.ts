import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { createTestApi, INSIDE } from '../../test/api.ts';

const OURS = mustId('tenant', 'LIVE_OURS');
const THEIRS = mustId('tenant', 'LIVE_THEIRS');

async function world() {
  const made = createTestApi();
  const all = await made.newToken(['tenants:read', 'tenants:write', 'logs:read']);
  const headersOf = (pat: string) => ({ authorization: `Bearer ${pat}`, 'x-forwarded-for': INSIDE });
  const add = (id: string) => made.http.inject({ method: 'POST', url: '/v1/tenants', headers: headersOf(all), payload: { id, name: id } });
  const listen = (pat: string, lastSeen?: string) => made.http.inject({ url: '/v1/live?once=true', headers: { ...headersOf(pat), ...(lastSeen !== undefined && { 'last-event-id': lastSeen }) } });
  return { ...made, all, add, listen };
}
const placeIn = (text: string) => /^id: (.*)$/m.exec(text)?.[1] ?? expect.fail(`no place in ${text}`);
const eventIn = (text: string) => [/^event: (.*)$/m.exec(text)?.[1], /^data: (.*)$/m.exec(text)?.[1]];

test('who listens is told where they are, and what came after that', async () => {
  const { all, add, listen, api } = await world();
  await add(OURS);
  const first = await listen(all);
  expect([first.statusCode, first.headers['content-type'], eventIn(first.body)]).toEqual([200, 'text/event-stream; charset=utf-8', ['here', 'now']]);
  await add(THEIRS);
  expect(eventIn((await listen(all, placeIn(first.body))).body)).toEqual(['changed', 'events tenants']);
  expect(eventIn((await listen(all, 'somewhere else')).body)).toEqual(['missed', 'everything']);
  await api.close();
});

test('a token of one tenant feels nothing of another one', async () => {
  const { add, listen, newToken, api } = await world();
  await add(OURS);
  const limited = await newToken(['tenants:read'], [OURS]);
  const where = placeIn((await listen(limited)).body);
  await add(THEIRS);
  expect(eventIn((await listen(limited, where)).body)).toEqual(['here', 'now']);
  await api.close();
});

test('an alert that the server raises by itself is told like what people do', async () => {
  const { all, listen, api, http, clock } = await world();
  const where = placeIn((await listen(all)).body);
  const refused = await http.inject({ method: 'POST', url: '/support/agents/agent_nobody_01/activate', headers: { authorization: `Bearer ${all}`, 'x-forwarded-for': INSIDE, 'x-argus-ops-token': 'not the one' }, payload: {} });
  expect(refused.statusCode).toBe(403);
  await clock.advance(60_000);
  expect(eventIn((await listen(all, where)).body)[1]?.split(' ')).toContain('alerts');
  await api.close();
});

test('nobody listens without a credential, and listening is on record', async () => {
  const { listen, all, memory, api } = await world();
  expect((await listen('pat_nobody')).json()).toMatchObject({ code: 'unauthenticated' });
  await listen(all);
  await api.close();
  const { rows } = await memory.records.apiCalls({ tenants: null, match: {}, limit: 10 });
  expect(rows.map(({ route, status }) => `${route} ${status}`)).toContain('/live 200');
});

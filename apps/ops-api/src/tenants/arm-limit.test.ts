import { isoTime, settle } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { createTestApi, INSIDE } from '../../test/api.ts';
import { OTHER_TENANT, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { mustId, type TenantId } from '@argus/protocol/ids.ts';
import { PRESETS } from '../people/principal.ts';
import type { Stores } from '../ports.ts';
import { TURNS_MAX } from './turns.ts';

type Act = 'arm' | 'disarm';

/** `slowly`: what is looked up may be out of date by the time it is used, as it is with a real database. */
async function office({ slowly = false } = {}) {
  const late = (stores: Stores): Stores => ({ ...stores, tenants: { ...stores.tenants, byId: async (id) => { const seen = await stores.tenants.byId(id); await settle(); return seen; } } });
  const one = createTestApi({ between: (stores) => (slowly ? late(stores) : stores) });
  const two = createTestApi({ between: () => (slowly ? late(one.memory) : one.memory), clock: one.clock }); // another server on the same database
  await consentedAndArmed(one.api.ledger);
  await consentedAndArmed(one.api.ledger, OTHER_TENANT, mustId('agent', 'agent_other_01'));
  const pat = await one.newToken(PRESETS['admin-full']);
  const ask = async (act: Act, { tenant = TENANT, confirm = tenant, token = pat, at = one, reason = 'contract 2026' }: { tenant?: TenantId; confirm?: string; token?: string; at?: Pick<typeof one, 'http'>; reason?: string } = {}) => {
    const headers = { 'x-forwarded-for': INSIDE, authorization: `Bearer ${token}` };
    const answer = await at.http.inject({ method: 'POST', url: `/support/tenants/${tenant}/${act}`, headers, payload: { reason, confirm_tenant_id: confirm } });
    return { status: answer.statusCode, retryAfter: answer.headers['retry-after'], body: answer.json<Record<string, unknown>>() };
  };
  const isArmed = async (tenant = TENANT) => ((await one.memory.tenants.byId(tenant))?.armed ?? null) !== null;
  const rows = (tenant = TENANT) => one.memory.rows(tenant).map(({ audit }) => audit);
  return { ...one, two, ask, isArmed, rows };
}

test('the eleventh act of arming or disarming within a minute is refused, and passes after the seconds it was told, to the millisecond', async () => {
  const { ask, clock } = await office();
  for (let i = 0; i < TURNS_MAX; i++) {
    expect((await ask(i % 2 === 0 ? 'arm' : 'disarm')).status).toBe(200);
    await clock.advance(137);
  }
  const refused = await ask('arm');
  expect(refused).toMatchObject({ status: 429, retryAfter: '59', body: { code: 'rate_limited', retry_after_s: 59 } });
  await clock.advance(60_000 - TURNS_MAX * 137 - 1);
  expect(await ask('arm')).toMatchObject({ status: 429, retryAfter: '1' });
  await clock.advance(1);
  expect((await ask('arm')).status).toBe(200);
  expect((await ask('arm')).status).toBe(429); // one turn came back, not ten
});

test('after the whole seconds in Retry-After the next one always passes', async () => {
  const { ask, clock } = await office();
  for (let i = 0; i < 40; i++) {
    const { status, retryAfter } = await ask('arm');
    if (status === 429) {
      await clock.advance(Number(retryAfter) * 1_000);
      expect((await ask('arm')).status).toBe(200);
    }
    await clock.advance(311);
  }
});

test('acts that are refused for another reason are turns too, and another server counts the same ones', async () => {
  const { ask, two } = await office();
  for (let i = 0; i < TURNS_MAX; i++) expect((await ask('arm', { confirm: 'x', ...(i % 2 === 0 && { at: two }) })).body['code']).toBe('confirm_tenant_mismatch');
  expect((await ask('arm', { at: two })).status).toBe(429);
  expect((await ask('arm')).status).toBe(429);
});

test('every refused one changes nothing; the first is on record at once, the others in one entry a minute', async () => {
  const { ask, rows, clock, isArmed } = await office();
  await ask('disarm');
  for (let i = 1; i < TURNS_MAX; i++) await ask('disarm');
  const before = rows().length;
  for (let i = 0; i < 30; i++) expect((await ask('arm', { reason: `now please ${i}` })).status).toBe(429);
  expect(await isArmed()).toBe(false);
  expect(rows().length).toBe(before + 1);
  expect(rows().at(-1)).toMatchObject({ action: 'tenant_armed', outcome: 'refused', code: 'rate_limited', operator: 'ana@argus.example', ip: INSIDE, gates_passed: [], reason: 'now please 0' });
  await clock.advance(60_000);
  expect(rows().length).toBe(before + 2);
  expect(rows().at(-1)).toMatchObject({ code: 'rate_limited', args: { count: 29, first: isoTime(START), last: isoTime(START) } });
});

/** Guarantee: whoever may disarm can, whatever was done with their name before: an open door is shut at once. */
test('an open door is shut without a turn, and all live sessions behind it end; a shut one is not shut again', async () => {
  const { ask, isArmed, rows } = await office();
  for (let i = 0; i < TURNS_MAX; i++) await ask('arm');
  expect((await ask('arm')).status).toBe(429);
  expect(await ask('disarm')).toMatchObject({ status: 200, body: { armed: false } });
  expect(await isArmed()).toBe(false);
  expect(rows().at(-1)).toMatchObject({ action: 'tenant_disarmed', outcome: 'ok' });
  expect((await ask('disarm')).status).toBe(429);
  expect((await ask('disarm', { tenant: OTHER_TENANT, confirm: TENANT })).status).toBe(429);
  expect(await isArmed(OTHER_TENANT)).toBe(true);
  expect((await ask('disarm', { tenant: OTHER_TENANT })).status).toBe(200);
});

test('of many who shut the same door at once without a turn, on two servers, one does, and one entry says so', async () => {
  const { ask, rows, two } = await office({ slowly: true });
  for (let i = 0; i < TURNS_MAX; i++) await ask('arm');
  const before = rows().length;
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => ask('disarm', i % 2 === 0 ? {} : { at: two })));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, ...Array.from({ length: 19 }, () => 429)]);
  expect(rows().slice(before).filter(({ outcome }) => outcome === 'ok')).toHaveLength(1);
});

test('one operator uses up nobody else\'s turns', async () => {
  const { ask, memory, newToken } = await office();
  for (let i = 0; i <= TURNS_MAX; i++) await ask('arm');
  const token = await newToken(PRESETS['tenant-admin']);
  expect((await ask('arm', { token })).status).toBe(429); // another token of the same operator
  expect(await memory.arming.takeTurn('ben@argus.example', START)).toBeNull();
});

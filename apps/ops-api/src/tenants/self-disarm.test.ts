import { isoTime, settle } from '@argus/kit/clock.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { createTestApi, INSIDE } from '../../test/api.ts';
import { DAY_MS, factOf, OTHER_TENANT, sessionOf, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { PRESETS } from '../people/principal.ts';
import { SELF_DISARM_EVERY_MS } from './self-disarm.ts';
import { ARMED_DAYS, ARMED_DAYS_MAX, armedUntil, isArmed } from './tenant.ts';

async function office(over: Parameters<typeof createTestApi>[0] = {}) {
  const made = createTestApi(over);
  await consentedAndArmed(made.api.ledger);
  const disarmed = (tenant = TENANT) => made.memory.rows(tenant).map(({ audit }) => audit).filter(({ action }) => action === 'tenant_disarmed');
  const ended = () => made.memory.rows(TENANT).map(({ audit }) => audit).filter(({ action }) => action === 'remote_support_session_ended');
  return { ...made, disarmed, ended };
}
const UNTIL = armedUntil(START);

test('when its time is over the tenant is disarmed by the server, with a reason, and its live sessions end', async () => {
  const { api, clock, memory, disarmed, ended } = await office();
  const session = sessionOf({ state: 'activating', createdAt: UNTIL - 60_000, expiresAt: UNTIL + 600_000 });
  clock.setWall(UNTIL - 60_000);
  await api.ledger.append(factOf({ outcome: 'ok' }), [{ do: 'open_session', session }]);
  await api.begin();
  await clock.advance(59_999);
  expect(disarmed()).toEqual([]);
  await clock.advance(SELF_DISARM_EVERY_MS);
  expect(disarmed()).toEqual([expect.objectContaining({ outcome: 'ok', operator: 'server', reason: `it was armed until ${isoTime(UNTIL)}, and that time is over` })]);
  expect(JSON.parse(memory.rows(TENANT).find(({ audit }) => audit.action === 'tenant_disarmed')?.bytes ?? '{}')).toMatchObject({ by: 'server' });
  expect(ended()).toEqual([expect.objectContaining({ code: 'disarmed', session_id: session.id })]);
  expect((await memory.tenants.byId(TENANT))?.armed).toBeNull();
  await api.close();
});

/** Guarantee: nothing depends on the look: at the millisecond, with no timer run, the tenant is not armed any more. */
test('before anybody has looked, the door is shut already', async () => {
  const { clock, memory, newToken, http } = await office();
  const shown = async () => {
    const headers = { 'x-forwarded-for': INSIDE, authorization: `Bearer ${await newToken(PRESETS['admin-full'])}` };
    return (await http.inject({ method: 'GET', url: `/tenants/${TENANT}`, headers })).json();
  };
  clock.setWall(UNTIL - 1);
  expect(await shown()).toMatchObject({ armed: true, armed_until: isoTime(UNTIL) });
  clock.setWall(UNTIL);
  expect(await shown()).toMatchObject({ armed: false, armed_until: null });
  const tenant = await memory.tenants.byId(TENANT);
  expect(tenant && [isArmed(tenant, UNTIL - 1), isArmed(tenant, UNTIL)]).toEqual([true, false]);
});

test('two servers that look at the same moment write one entry, and a third look writes none', async () => {
  const one = await office();
  const two = createTestApi({ between: () => one.memory, clock: one.clock });
  one.clock.setWall(UNTIL);
  await Promise.all([one.api.begin(), two.api.begin()]);
  await settle();
  expect(one.disarmed()).toHaveLength(1);
  await one.clock.advance(3 * SELF_DISARM_EVERY_MS);
  expect(one.disarmed()).toHaveLength(1);
  await Promise.all([one.api.close(), two.api.close()]);
});

test('a tenant that was armed anew in the meantime, or whose time is not over, stays armed', async () => {
  const { api, clock, memory, disarmed } = await office({
    // The look finds it overdue; by the time the entry is written somebody has armed it again.
    between: (stores) => ({ ...stores, arming: { ...stores.arming, overdue: async () => [TENANT, OTHER_TENANT].map((tenant) => ({ tenant, until: UNTIL })) } }),
  });
  await consentedAndArmed(api.ledger, OTHER_TENANT, mustId('agent', 'agent_other_01'));
  clock.setWall(UNTIL - 1);
  await api.begin();
  await clock.advance(0);
  expect([disarmed(), disarmed(OTHER_TENANT)]).toEqual([[], []]);
  expect((await memory.tenants.byId(TENANT))?.armed?.until).toBe(UNTIL);
  await api.close();
});

test('while the log is down its sessions end all the same, and the entry follows, once', async () => {
  const state = { isDown: false };
  const { api, clock, said, disarmed, ended } = await office({
    between: (stores) => ({ ...stores, leaves: { ...stores.leaves, commit: async (batch) => { if (state.isDown) throw new Error('gone'); return stores.leaves.commit(batch); } } }),
  });
  await api.ledger.append(factOf({ outcome: 'ok' }), [{ do: 'open_session', session: sessionOf({ state: 'activating', createdAt: UNTIL - 60_000, expiresAt: UNTIL + 600_000 }) }]);
  clock.setWall(UNTIL);
  state.isDown = true;
  await api.begin();
  await clock.advance(SELF_DISARM_EVERY_MS);
  expect(disarmed()).toEqual([]);
  expect(said.map(([, what]) => what)).toContain('self_disarm_not_recorded_yet');
  state.isDown = false;
  await clock.advance(2 * SELF_DISARM_EVERY_MS);
  expect(disarmed()).toHaveLength(1);
  expect(ended()).toEqual([expect.objectContaining({ at: isoTime(UNTIL), code: 'disarmed' })]); // then it ended, whenever that could be written
  await api.close();
});

test('a database that does not answer is asked again, and nothing of it goes on after the end', async () => {
  let asked = 0;
  const { api, clock, said } = await office({
    between: (stores) => ({ ...stores, arming: { ...stores.arming, overdue: async () => { asked++; throw new Error('the database is gone'); } } }),
  });
  await api.begin();
  await clock.advance(3 * SELF_DISARM_EVERY_MS);
  expect(asked).toBe(4);
  expect(said.filter(([, what]) => what === 'overdue_tenants_not_looked_at')).toHaveLength(4);
  await api.close();
  await clock.advance(10 * SELF_DISARM_EVERY_MS);
  expect(asked).toBe(4);
});

test.each([[undefined, ARMED_DAYS], [1, 1], [7, 7], [90, 90], [91, ARMED_DAYS_MAX], [10_000, ARMED_DAYS_MAX]])('a setting of %s days arms for %i', async (armedDays, days) => {
  const { clock, newToken, http, memory } = await office(armedDays === undefined ? {} : { armedDays });
  const pat = await newToken(PRESETS['admin-full']);
  const answer = await http.inject({ method: 'POST', url: `/support/tenants/${TENANT}/arm`, headers: { 'x-forwarded-for': INSIDE, authorization: `Bearer ${pat}` }, payload: { reason: 'contract 2026', confirm_tenant_id: TENANT } });
  expect(answer.json()).toMatchObject({ armed: true, armed_until: isoTime(clock.now() + days * DAY_MS) });
  expect((await memory.tenants.byId(TENANT))?.armed?.until).toBe(clock.now() + days * DAY_MS);
});

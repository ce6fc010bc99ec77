import { isoTime, manualClock, settle } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { factOf, OTHER_TENANT, START, TENANT } from '../../test/sample.ts';
import { NOT_READ, UNAUTHENTICATED, type Attempt } from './attempt.ts';
import { SOURCES_MAX, TELL_EVERY_MS } from './flood.ts';
import { createFloods } from './floods.ts';

function desk() {
  const clock = manualClock(START);
  const written: Attempt[] = [];
  const state = { isDown: false, tries: 0 };
  const floods = createFloods({
    clock,
    write: async (attempt) => {
      state.tries++;
      if (!state.isDown) written.push(attempt);
      return !state.isDown;
    },
  });
  const knock = (over: Partial<Attempt> = {}) =>
    floods.record({
      at: clock.now(), type: 'remote_support_activation', phase: 'fact', tenant: null, operator: UNAUTHENTICATED, ip: '203.0.113.9', by: 'operator',
      reason: NOT_READ, gatesPassed: [], outcome: 'refused', code: 'ip_not_allowlisted', ...over,
    });
  return { clock, floods, knock, written, state };
}

test('the first refusal of an address is written as it is, the others of the minute as one with count, first and last', async () => {
  const { clock, knock, written } = desk();
  for (let i = 0; i < 5; i++) {
    await knock();
    await clock.advance(10);
  }
  expect(written).toHaveLength(1);
  expect(written[0]).not.toHaveProperty('args');
  await clock.advance(TELL_EVERY_MS - 51);
  expect(written).toHaveLength(1);
  await clock.advance(1);
  expect(written[1]).toEqual({ ...written[0], at: START + TELL_EVERY_MS, args: { count: 4, first: isoTime(START + 10), last: isoTime(START + 40) } });
  await clock.advance(10 * TELL_EVERY_MS);
  expect(written).toHaveLength(2);
});

test('who keeps knocking is one entry a minute, for as long as they do', async () => {
  const { clock, knock, written } = desk();
  for (let minute = 0; minute < 10; minute++)
    for (let i = 0; i < 60; i++) {
      await knock();
      await clock.advance(1_000);
    }
  await clock.advance(TELL_EVERY_MS);
  expect(written.length).toBeLessThanOrEqual(12);
  const counted = written.reduce((n, { args }) => n + Number(args?.['count'] ?? 1), 0);
  expect(counted).toBe(600);
});

test('an IPv6 host that walks through its own network is one source, and the summary names the network', async () => {
  const { clock, knock, written } = desk();
  for (let i = 1; i <= 1_000; i++) await knock({ ip: `2001:db8:1:2::${i.toString(16)}` });
  await clock.advance(TELL_EVERY_MS);
  expect(written.map(({ ip, args }) => [ip, args?.['count']])).toEqual([['2001:db8:1:2::1', undefined], ['2001:db8:1:2::/64', 999]]);
});

test('beyond so many addresses nothing is said of any of them but how many they were', async () => {
  const { clock, knock, written } = desk();
  for (let i = 0; i < 5_000; i++) await knock({ ip: `198.51.${100 + (i >> 8)}.${i & 255}` });
  await clock.advance(TELL_EVERY_MS);
  expect(written).toHaveLength(SOURCES_MAX + 1);
  expect(written.at(-1)).toEqual({
    at: START + TELL_EVERY_MS, type: 'remote_support_activation', phase: 'fact', tenant: null, operator: UNAUTHENTICATED, by: 'operator', reason: NOT_READ,
    gatesPassed: [], outcome: 'refused', code: 'ip_not_allowlisted', args: { count: 5_000 - SOURCES_MAX, first: isoTime(START), last: isoTime(START), addresses: 'many' },
  });
});

/** Guarantee: what is wrong with an assertion is the sender's to choose, and chooses nothing about how much is written. */
test('an address that sends assertions with ever another flaw is one source', async () => {
  const { clock, knock, written } = desk();
  const flaws = ['malformed', 'algorithm', 'no_key_id', 'unknown_key', 'signature', 'expired'];
  for (let i = 0; i < 600; i++) await knock(i % 7 === 6 ? {} : { args: { assertion: flaws[i % 7] ?? '' } });
  expect(written.map(({ args }) => args)).toEqual([{ assertion: 'malformed' }]);
  await clock.advance(TELL_EVERY_MS);
  expect(written.slice(1).map(({ args }) => args?.['count'])).toEqual([599]);
});

test('a flood of one code hides no refusal of another', async () => {
  const { knock, written } = desk();
  for (let i = 0; i < 500; i++) await knock({ ip: `198.51.100.${i & 255}`, reason: `r${i}` });
  const before = written.length;
  await knock({ code: 'bad_ops_token', gatesPassed: ['network'] });
  await knock({ code: 'enrollment_refused', type: 'agent_enrollment_refused', reason: 'no such code' });
  expect(written.slice(before).map(({ code }) => code)).toEqual(['bad_ops_token', 'enrollment_refused']);
});

test('an enrollment is counted by tenant, agent and reason; too many turns by operator, whatever they write and wherever they sit', async () => {
  const { knock, written } = desk();
  const enrollment = { code: 'enrollment_refused', type: 'agent_enrollment_refused' } as const;
  for (const over of [{ tenant: TENANT }, { tenant: OTHER_TENANT }, { reason: 'no such code' }, { reason: 'no such code' }]) await knock({ ...enrollment, ...over });
  expect(written).toHaveLength(3);
  const turn = { code: 'rate_limited', type: 'tenant_armed', tenant: TENANT, operator: 'ana@argus.example' } as const;
  for (let i = 0; i < 20; i++) await knock({ ...turn, ip: `10.1.2.${i}`, reason: `reason ${i}` });
  await knock({ ...turn, operator: 'ben@argus.example' });
  expect(written.slice(3).map(({ operator }) => operator)).toEqual(['ana@argus.example', 'ben@argus.example']);
});

/** Guarantee: an intent always has its outcome, and whatever cost the caller a factor is an entry of its own. */
test.each<Partial<Attempt>>([{ code: 'missing_role' }, { code: 'tenant_not_armed' }, { code: 'rate_limited', phase: 'outcome' }, { code: 'ip_not_allowlisted', outcome: 'unknown' }])(
  '%j is never counted together with anything',
  async (over) => {
    const { knock, written } = desk();
    for (let i = 0; i < 10; i++) await knock(over);
    expect(written).toHaveLength(10);
  },
);

test('while nothing can be written everything is counted, one try a minute, and told when it can be', async () => {
  const { clock, knock, written, state } = desk();
  state.isDown = true;
  for (let i = 0; i < 180; i++) {
    await knock();
    await clock.advance(1_000);
  }
  expect(written).toEqual([]);
  expect(state.tries).toBeLessThan(6);
  state.isDown = false;
  await clock.advance(2 * TELL_EVERY_MS);
  expect(written).toHaveLength(1);
  expect(written[0]?.args).toEqual({ count: 180, first: isoTime(START), last: isoTime(START + 179_000) });
});

test('what is counted is written at the end, one try each, and no timer is left', async () => {
  const { clock, floods, knock, written, state } = desk();
  for (const ip of ['203.0.113.9', '203.0.113.10']) for (let i = 0; i < 3; i++) await knock({ ip });
  await floods.flush();
  expect(written.slice(2).map(({ ip, args }) => [ip, args?.['count']])).toEqual([['203.0.113.9', 2], ['203.0.113.10', 2]]);
  state.isDown = true;
  await knock();
  await floods.flush();
  const { tries } = state;
  await clock.advance(10 * TELL_EVERY_MS);
  await settle();
  expect(state.tries).toBe(tries);
});

test('an entry that is no refusal passes as it is', async () => {
  const { floods, written } = desk();
  await floods.record(factOf({ outcome: 'ok' }));
  expect(written).toEqual([factOf({ outcome: 'ok' })]);
});

/** Guarantee: what anybody can make up does not crowd out what somebody, or a code of ours, stands behind. */
test('a refusal that names an agent or somebody who was verified is told by itself, however many addresses knock', async () => {
  const { knock, written } = desk();
  for (let i = 0; i < SOURCES_MAX + 10; i++) await knock({ code: 'enrollment_refused', ip: `2001:db8:0:${i.toString(16)}::1` });
  const before = written.length;
  const { agent } = factOf({ agent: 'agent_macpro_lobby_01' as NonNullable<Attempt['agent']> });
  await knock({ code: 'enrollment_refused', tenant: TENANT, ...(agent && { agent }), operator: 'ana@argus.example', ip: '198.51.100.1' });
  await knock({ code: 'bad_ops_token', accessIdentity: 'ana@argus.example' });
  await knock({ code: 'bad_ops_token', accessIdentity: 'bo@argus.example' });
  expect(written.slice(before).map(({ agent, accessIdentity }) => agent ?? accessIdentity)).toEqual(['agent_macpro_lobby_01', 'ana@argus.example', 'bo@argus.example']);
});

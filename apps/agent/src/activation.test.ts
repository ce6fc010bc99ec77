import type { UpFrame } from '@argus/protocol/frames.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entry, IDENTITY, SESSION, START, TRUST } from '../testing/signed-log.ts';
import { memoryConsent } from '../testing/memory-consent.ts';
import { stepClock } from '../testing/step-clock.ts';
import { CHALLENGE_EVERY_MS, challenged, endOf, LEASE_MS, msLeft, renewed, wake, type Activation } from './activation.ts';
import { createSession } from './session.ts';

const EPOCH = 4;
const awake = (clock = stepClock(START), minutes = 30, at = START) => ({
  clock,
  a: wake(clock, { session: SESSION, epoch: EPOCH, operator: 'ana', at, minutes, scope: null }),
});

test('an activation that is never renewed is over after 15 s', () => {
  const { clock, a } = awake();
  clock.freeze(LEASE_MS - 1);
  expect(endOf(a, clock)).toBeNull();
  clock.freeze(1);
  expect(endOf(a, clock)).toBe('agent_lost');
});

test('the lease runs from when the challenge was sent, not from when its echo came', () => {
  const { clock, a } = awake();
  clock.freeze(5_000);
  const asked = challenged(a, 'one', clock);
  clock.freeze(9_000);
  const kept = renewed(asked, { challenge: 'one', epoch: EPOCH }, clock);
  clock.freeze(5_999);
  expect(endOf(kept, clock)).toBeNull();
  clock.freeze(1);
  expect(endOf(kept, clock)).toBe('agent_lost');
});

test.each([
  ['a challenge that was never sent', { challenge: 'other', epoch: EPOCH }],
  ['no challenge', { challenge: '', epoch: EPOCH }],
  ['another epoch', { challenge: 'one', epoch: EPOCH + 1 }],
  ['the epoch before', { challenge: 'one', epoch: EPOCH - 1 }],
])('a tick with %s changes nothing', (_, tick) => {
  const { clock, a } = awake();
  clock.freeze(1_000);
  const asked = challenged(a, 'one', clock);
  expect(renewed(asked, tick, clock)).toBe(asked);
});

test('a tick that came before, or echoes an older challenge than one before it, changes nothing', () => {
  const { clock, a } = awake();
  clock.freeze(1_000);
  const one = challenged(a, 'one', clock);
  clock.freeze(1_000);
  const two = challenged(one, 'two', clock);
  const kept = renewed(two, { challenge: 'two', epoch: EPOCH }, clock);
  expect(kept.lease.elapsed).toBe(2_000 + LEASE_MS);
  for (const challenge of ['one', 'two']) expect(renewed(kept, { challenge, epoch: EPOCH }, clock)).toBe(kept);
});

test('a lapsed lease never revives, not even by the echo of a challenge sent a moment before', () => {
  const { clock, a } = awake();
  clock.freeze(LEASE_MS - 1);
  const asked = challenged(a, 'one', clock);
  clock.freeze(1);
  expect(renewed(asked, { challenge: 'one', epoch: EPOCH }, clock)).toBe(asked);
});

test('the time box ends by the monotonic clock, however often it is renewed and wherever the wall clock is set', () => {
  const { clock, a } = awake(stepClock(START), 1);
  let kept = a;
  for (let i = 0; i < 5; i++) {
    clock.freeze(10_000);
    clock.setWall(START);
    kept = renewed(challenged(kept, `c${i}`, clock), { challenge: `c${i}`, epoch: EPOCH }, clock);
  }
  clock.freeze(9_999);
  expect(endOf(kept, clock)).toBeNull();
  clock.freeze(1);
  expect(endOf(kept, clock)).toBe('expired');
});

test('the time box ends by the wall clock, counted from when the log says it began', () => {
  const { clock, a } = awake(stepClock(START + 59_000), 1, START);
  clock.setWall(START + 59_999);
  expect(endOf(a, clock)).toBeNull();
  clock.setWall(START + 60_000);
  expect(endOf(a, clock)).toBe('expired');
});

test('an entry from the near future does not make the time box longer', () => {
  const { clock, a } = awake(stepClock(START), 1, START + 60_000);
  let kept = a;
  for (let i = 0; i < 6; i++) {
    kept = renewed(challenged(kept, `c${i}`, clock), { challenge: `c${i}`, epoch: EPOCH }, clock);
    clock.freeze(10_000);
  }
  expect(endOf(kept, clock)).toBe('expired');
});

test('what is left is never more than the nearest of the four ends', () => {
  const { clock, a } = awake();
  expect(msLeft(a, clock)).toBe(LEASE_MS);
  clock.setWall(START + 10_000);
  expect(msLeft(a, clock)).toBe(5_000);
  clock.freeze(6_000);
  expect(msLeft(a, clock)).toBe(0);
});

test('only the last few challenges are remembered, whatever is never echoed', () => {
  const { clock, a } = awake();
  let asked = a;
  for (let i = 0; i < 1_000; i++) asked = challenged(asked, `c${i}`, clock);
  expect([...asked.challenges.keys()]).toEqual(['c996', 'c997', 'c998', 'c999']);
});

// ---- as a property, with the timers that go with it

type Timed<D extends string> = { readonly [K in D]: { readonly do: K; readonly ms: number } }[D];
type Step =
  | Timed<'pass' | 'freeze' | 'suspend' | 'jump' | 'answered'>
  | { readonly do: 'run' }
  | { readonly do: 'challenge' }
  | { readonly do: 'echo'; readonly back: number; readonly epoch: number }
  | { readonly do: 'noise'; readonly challenge: string };

const short = fc.nat(6_000);
const ms = fc.oneof({ weight: 8, arbitrary: short }, { weight: 1, arbitrary: fc.constantFrom(LEASE_MS - 1, LEASE_MS, LEASE_MS + 1, CHALLENGE_EVERY_MS, 120_000) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('pass' as const, 'freeze' as const), ms }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('suspend' as const), ms }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('jump' as const), ms: fc.oneof(fc.integer({ min: -3_600_000, max: 3_600_000 }), fc.integer({ min: -9_000, max: 9_000 })) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('run' as const, 'challenge' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('answered' as const), ms: short }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('echo' as const), back: fc.nat(5), epoch: fc.constantFrom(EPOCH, EPOCH, EPOCH, EPOCH, EPOCH, EPOCH + 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('noise' as const), challenge: fc.string({ maxLength: 64 }) }) },
);
const plan = fc.record({ minutes: fc.integer({ min: 1, max: 3 }), began: fc.integer({ min: -60_000, max: 60_000 }), steps: fc.array(step, { minLength: 5, maxLength: 60 }) });

/**
 * Guarantee: partition, delay, freeze, suspend and a clock that is set wrong end a session early, never late. What is
 * asked before every act is `live()`; here it is asked after every step.
 */
test('no schedule of ticks, delays, freezes and clock changes keeps a session beyond its box or 15 s from its last echoed challenge', async () => {
  let [lives, renewals] = [0, 0];
  const run = async ({ minutes, began, steps }: { minutes: number; began: number; steps: readonly Step[] }) => {
    const clock = stepClock(START);
    const sent: { readonly text: string; readonly wall: number; readonly elapsed: number }[] = [];
    const ended: string[] = [];
    let lit = 0;
    let counter = 0;
    const session = createSession(
      {
        clock,
        random: (bytes) => new Uint8Array(bytes).fill(counter++ & 0xff),
        trust: TRUST,
        identity: IDENTITY,
        indicator: { raise: async () => void lit++, lower: async () => void lit-- },
        killSwitch: { isOff: () => false },
        consent: memoryConsent(),
        activity: { intend: async () => undefined, record: () => undefined },
        note: () => undefined,
      },
      {
        send: (frame: UpFrame) => frame.type === 'challenge' && sent.push({ text: frame.challenge, wall: clock.now(), elapsed: clock.elapsed() }),
        ended: ({ how }) => ended.push(how),
      },
    );
    const leaf = entry(0, { at: new Date(START + began).toISOString() });
    await session.wake({ session: SESSION, epoch: EPOCH, leaf, minutes, scope: null, stored: Promise.resolve(null) });
    const boxEnds = { wall: START + began + minutes * 60_000, elapsed: minutes * 60_000 };
    let granted: readonly { readonly wall: number; readonly elapsed: number }[] = [{ wall: START, elapsed: 0 }]; // moments the lease may run from
    let isOver = session.live() === null;

    function echo(back: number, epoch: number): void {
      const echoed = sent.at(-1 - back);
      if (echoed && epoch === EPOCH) granted = [...granted, echoed];
      const before = session.live()?.lease.elapsed ?? 0;
      session.renew({ type: 'tick', session: SESSION, epoch, challenge: echoed?.text ?? 'none' });
      if ((session.live()?.lease.elapsed ?? 0) > before) renewals++;
    }
    for (const next of steps) {
      if (next.do === 'jump') clock.setWall(clock.now() + next.ms);
      else if (next.do === 'run') clock.runDue();
      else if (next.do === 'challenge') session.challenge();
      else if (next.do === 'noise') session.renew({ type: 'tick', session: SESSION, epoch: EPOCH, challenge: next.challenge });
      else if (next.do === 'answered') {
        session.challenge();
        clock.freeze(next.ms);
        echo(0, EPOCH);
      } else if (next.do === 'echo') echo(next.back, next.epoch);
      else clock[next.do](next.ms);

      const isLive = session.live() !== null;
      if (isOver) expect(isLive).toBe(false);
      isOver ||= !isLive;
      if (isLive) {
        lives++;
        expect(clock.now()).toBeLessThan(boxEnds.wall);
        expect(clock.elapsed()).toBeLessThan(boxEnds.elapsed);
        expect(granted.some(({ wall, elapsed }) => clock.now() < wall + LEASE_MS && clock.elapsed() < elapsed + LEASE_MS)).toBe(true);
      }
    }
    clock.freeze(LEASE_MS);
    expect(session.live()).toBeNull();
    expect(ended.length).toBeLessThanOrEqual(1);
    expect(clock.timers()).toBe(0);
    await Promise.resolve();
    expect(lit).toBe(0);
  };
  await fc.assert(fc.asyncProperty(plan, run), { numRuns: 500 });
  expect(lives).toBeGreaterThan(500); // it was not over before it began
  expect(renewals).toBeGreaterThan(500);
});

test('a session whose challenges are echoed lives to the end of its box', async () => {
  const clock = stepClock(START);
  let challenge = '';
  const ended: string[] = [];
  const session = createSession(
    { clock, random: (bytes) => new Uint8Array(bytes).fill(clock.elapsed() / 1_000), trust: TRUST, identity: IDENTITY, indicator: { raise: async () => undefined, lower: async () => undefined }, killSwitch: { isOff: () => false }, consent: memoryConsent(), activity: { intend: async () => undefined, record: () => undefined }, note: () => undefined },
    { send: (frame) => frame.type === 'challenge' && (challenge = frame.challenge), ended: ({ how }) => ended.push(how) },
  );
  await session.wake({ session: SESSION, epoch: EPOCH, leaf: entry(0), minutes: 2, scope: null, stored: Promise.resolve(null) });
  for (let second = 0; second < 119; second++) {
    clock.pass(1_000);
    session.renew({ type: 'tick', session: SESSION, epoch: EPOCH, challenge });
    expect(session.live()?.session).toBe(SESSION);
  }
  clock.pass(1_000);
  expect(ended).toEqual(['expired']);
});

/** Guarantee: a session ends with the hours of the consent, by both clocks, however long its box is. */
test('the hours of the consent end a session before its box does', () => {
  const scope = { hours: { time_zone: 'UTC', windows: [{ days: ['sun' as const], from: '11:00', to: '12:10' }] } };
  const begin = (clock = stepClock(START)) => ({ clock, a: wake(clock, { session: SESSION, epoch: EPOCH, operator: 'ana', at: START, minutes: 30, scope }) });
  const held = (a: Activation, clock: ReturnType<typeof stepClock>) => ({ ...a, lease: { wall: clock.now() + LEASE_MS, elapsed: clock.elapsed() + LEASE_MS } });
  const { clock, a } = begin();
  clock.freeze(10 * 60_000 - 1);
  expect(endOf(held(a, clock), clock)).toBeNull();
  clock.freeze(1);
  expect(endOf(held(a, clock), clock)).toBe('expired');
  const other = begin();
  other.clock.freeze(10 * 60_000);
  other.clock.setWall(START); // somebody sets the clock back
  expect(endOf(held(other.a, other.clock), other.clock)).toBe('expired');
});

/** Days without a server, on a clock that is moved: nothing grows, nothing hurries, and no jump of the wall clock matters. */
import { expect, test } from 'vitest';
import { PASSKEY } from '../testing/line.ts';
import { createMachine } from '../testing/machine.ts';
import { START } from '../testing/signed-log.ts';
import { stepClock } from '../testing/step-clock.ts';
import { BACKOFF, createConnection } from './connection.ts';
import { watchLine, type LineState } from './line-state.ts';
import { keepTuned } from './tuning/keep-tuned.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The daemon as `run` joins it, and a network on which every dial fails after a moment. */
function offline(config = '') {
  const clock = stepClock(START);
  const m = createMachine({ clock });
  const dials: number[] = [];
  const kept: LineState[] = [];
  let open = 0;
  let most = 0;
  let seed = 1;
  const random = (bytes: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return Buffer.alloc(bytes, Math.floor((seed / 2_147_483_647) * 256));
  };
  const see = watchLine({ clock, daemon: { pid: 7, boot: 'boot' }, keep: (state) => void kept.push(state) });
  const note = (what: string, facts: Readonly<Record<string, string | number>> = {}) => see(what, facts);
  const tuned = keepTuned({ file: { mark: () => config, read: () => ({ text: config }) }, clock, note });
  tuned.start();
  const connection = createConnection({
    clock, random, trust: m.deps.trust, passkey: PASSKEY, version: '1.4.0', witness: m.deps.witness, agent: m.agent, note,
    mostWaitMs: () => tuned.tuning().reconnect_most_s * 1_000,
    dial(events) {
      dials.push(clock.elapsed());
      most = Math.max(most, ++open);
      clock.after(200, () => {
        open--;
        events.closed('connect ECONNREFUSED 192.0.2.1:443');
      });
    },
  });
  connection.start();
  return { clock, m, dials, kept, connection, most: () => most, waits: () => dials.slice(1).map((at, i) => Math.round(at - (dials[i] ?? 0) - 200)) };
}

test('through a month without a server it dials one at a time, at most once a minute on the long run, and holds no more timers at the end than at the start', () => {
  const o = offline();
  o.clock.pass(HOUR_MS);
  const timers = o.clock.timers();
  for (let day = 0; day < 30; day++) o.clock.pass(DAY_MS);
  expect(o.clock.timers()).toBe(timers);
  expect(timers).toBeLessThanOrEqual(2); // the next dial, and the next look at config.yaml
  expect(o.most()).toBe(1);
  const waits = o.waits();
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(BACKOFF.leastMs);
  expect(Math.max(...waits)).toBeLessThanOrEqual(BACKOFF.mostMs);
  expect(waits.length).toBeLessThan((30 * DAY_MS) / 15_000);
  expect([o.m.sent, o.m.record, o.kept.length]).toEqual([[], [], 1]); // nothing kept for later, and one write of why
});

test('an owner who chose a longer patience is obeyed, and never a shorter one than the least', () => {
  const o = offline('reconnect_most_s: 900\n');
  o.clock.pass(10 * DAY_MS);
  const late = o.waits().slice(20);
  expect([Math.max(...late) > BACKOFF.mostMs, Math.max(...late) <= 900_000, Math.min(...late) >= BACKOFF.leastMs]).toEqual([true, true, true]);
});

/** NTP, a person, a dead battery: waiting is counted by the clock that cannot jump. */
test.each([-10 * 365 * DAY_MS, -HOUR_MS, HOUR_MS, 10 * 365 * DAY_MS])('a wall clock that jumps by %s ms brings no dial sooner or later', (jump) => {
  const [jumped, steady] = [offline(), offline()];
  for (const o of [jumped, steady]) o.clock.pass(HOUR_MS);
  jumped.clock.setWall(jumped.clock.now() + jump);
  for (const o of [jumped, steady]) o.clock.pass(HOUR_MS);
  expect(jumped.dials).toEqual(steady.dials);
});

test('stopped while it waits, nothing of it is left on the clock but the look at config.yaml', () => {
  const o = offline();
  o.clock.pass(HOUR_MS);
  o.connection.stop();
  const before = o.dials.length;
  o.clock.pass(DAY_MS);
  expect([o.dials.length, o.clock.timers()]).toEqual([before, 1]);
});

import { manualClock, settle } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { callOf, START } from '../../test/sample.ts';
import type { Log } from '../ports.ts';
import type { ApiCall } from './api-call.ts';
import { createCallLane } from './call-lane.ts';

/** A store whose answers the test gives. */
function lane({ waitingMax = 100 } = {}) {
  const clock = manualClock(START);
  const said: Parameters<Log>[] = [];
  const written: string[] = [];
  const batches: { size: number; how: string }[] = [];
  const state = { isDown: false, refuses: new Set<string>(), gate: null as Promise<void> | null };
  const store = {
    async add(calls: readonly ApiCall[], how: 'durable' | 'soon') {
      await state.gate;
      if (state.isDown) throw new Error('gone');
      batches.push({ size: calls.length, how });
      if (calls.some((c) => state.refuses.has(c.id))) return 'refused' as const;
      written.push(...calls.map((c) => c.id));
      return 'written' as const;
    },
  };
  const calls = createCallLane({ store, clock, log: (...line) => void said.push(line), waitingMax });
  const lostSaid = () => said.filter(([, what]) => what === 'api_calls_lost').map(([, , facts]) => facts?.['count']);
  return { calls, clock, said, written, batches, state, lostSaid };
}
const some = (n: number) => Array.from({ length: n }, () => callOf());
const ids = (calls: readonly ApiCall[]) => calls.map((c) => c.id);

test('what queues up while one insert runs goes into the next, in order', async () => {
  const { calls, written, batches, state } = lane();
  let open = () => {};
  state.gate = new Promise((resolve) => (open = resolve));
  const rows = some(30);
  for (const row of rows) calls.add(row);
  open();
  await settle();
  expect(written).toEqual(ids(rows));
  expect(batches).toEqual([{ size: 1, how: 'soon' }, { size: 29, how: 'soon' }].slice(-batches.length));
  expect(batches.length).toBeLessThanOrEqual(2);
});

test('adding answers at once, whatever the store does', () => {
  const { calls, state } = lane();
  state.gate = new Promise(() => {}); // never
  expect(calls.add(callOf())).toBeUndefined();
});

test('while the store is gone calls wait, and are written when it is back', async () => {
  const { calls, clock, written, state, lostSaid } = lane();
  state.isDown = true;
  const rows = some(5);
  for (const row of rows) calls.add(row);
  await clock.advance(5_000);
  expect(written).toEqual([]);
  state.isDown = false;
  await clock.advance(1_000);
  expect(written).toEqual(ids(rows));
  expect([calls.lost(), lostSaid()]).toEqual([0, []]);
});

/** Guarantee: a database that stays away takes so much memory and no more, and what is let go is counted and said. */
test('what no longer fits is let go, counted, and said at most once a minute', async () => {
  const { calls, clock, written, state, lostSaid } = lane({ waitingMax: 10 });
  state.isDown = true;
  const rows = some(25);
  for (const row of rows) calls.add(row);
  await settle();
  expect(calls.lost()).toBe(15);
  expect(lostSaid()).toEqual([1]);
  await clock.advance(60_000);
  expect(lostSaid()).toEqual([1, 14]);
  state.isDown = false;
  await clock.advance(1_000);
  expect(written).toEqual(ids(rows.slice(0, 10)));
});

test('a row the store does not take is let go, and none of its neighbours', async () => {
  const { calls, clock, written, state, lostSaid } = lane();
  let open = () => {};
  state.gate = new Promise((resolve) => (open = resolve));
  const rows = some(6);
  state.refuses.add(rows[3]?.id ?? '');
  for (const row of rows) calls.add(row);
  open();
  await settle();
  expect(written).toEqual(ids(rows.filter((_, i) => i !== 3)));
  expect([calls.lost(), lostSaid()]).toEqual([1, [1]]);
  await clock.advance(60_000);
  expect(calls.lost()).toBe(1);
});

/** Guarantee: whoever waits for their row hears yes only when it is there for good. */
test('a row somebody waits for is written durably, with all of its batch', async () => {
  const { calls, batches, written } = lane();
  const row = callOf();
  expect(await calls.record(row)).toBe(true);
  expect(written).toEqual([row.id]);
  expect(batches).toEqual([{ size: 1, how: 'durable' }]);
});

test('a row somebody waits for is refused at once when the store is gone, full, or does not take it', async () => {
  const { calls, clock, written, state } = lane({ waitingMax: 3 });
  const [refused, ...waiting] = some(4);
  if (!refused) throw new Error('four were made');
  state.refuses.add(refused.id);
  expect(await calls.record(refused)).toBe(false);
  state.isDown = true;
  expect(await calls.record(callOf())).toBe(false);
  for (const row of waiting) calls.add(row);
  expect(await calls.record(callOf())).toBe(false);
  state.isDown = false;
  await clock.advance(1_000);
  expect(written).toEqual(ids(waiting)); // and those nobody could read for are not there
});

test('closing writes what is left', async () => {
  const { calls, written, state } = lane();
  state.isDown = true;
  const rows = some(3);
  for (const row of rows) calls.add(row);
  await settle();
  state.isDown = false;
  await calls.close();
  expect(written).toEqual(ids(rows));
});

test('closing without a store takes no longer than one more try, and says how many are lost', async () => {
  const { calls, state, lostSaid } = lane();
  state.isDown = true;
  for (const row of some(3)) calls.add(row);
  await settle();
  await calls.close();
  expect(lostSaid()).toEqual([3]);
});

test('closing does not wait for a store that never answers', async () => {
  const { calls, clock, state, lostSaid } = lane();
  state.gate = new Promise(() => {});
  for (const row of some(3)) calls.add(row);
  const closing = calls.close();
  await clock.advance(5_000);
  await closing;
  expect(lostSaid()).toEqual([3]);
});

import { manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { keepRunning, LOOK_MS, PAUSES_MS, STEADY_MS } from './keep.ts';

/** A database that can die, and a start that works or does not. */
function kept() {
  const clock = manualClock(0);
  const state = { isUp: true, starts: [] as number[], works: true, hold: null as Promise<void> | null };
  const said: string[] = [];
  const keeper = keepRunning({
    clock,
    log: (level, what, facts) => void said.push(`${level} ${what} ${JSON.stringify(facts ?? {})}`),
    isRunning: async () => state.isUp,
    async bringBack() {
      state.starts.push(clock.elapsed());
      await state.hold;
      if (!state.works) throw new Error('the disk is full');
      state.isUp = true;
    },
  });
  return { clock, state, said, keeper };
}
const ALL_PAUSES_MS = PAUSES_MS.reduce<number>((sum, ms) => sum + ms + 2 * LOOK_MS, 0);

test('one that runs is left alone, and nothing is said', async () => {
  const { clock, state, said } = kept();
  await clock.advance(STEADY_MS * 3);
  expect([state.starts, said]).toEqual([[], []]);
});

test('one that died is started at once, and both are said', async () => {
  const { clock, state, said } = kept();
  await clock.advance(STEADY_MS);
  state.isUp = false;
  await clock.advance(LOOK_MS * 2);
  expect(state.isUp).toBe(true);
  expect(said.map((line) => line.split(' ')[1])).toEqual(['database_gone', 'bringing_database_back', 'database_back']);
});

/** Guarantee: a database that cannot start is not started for ever, and the last line says what to do. */
test('one that does not start is tried a bounded number of times, with growing pauses, each said', async () => {
  const { clock, state, said } = kept();
  state.works = false;
  state.isUp = false;
  await clock.advance(ALL_PAUSES_MS * 10);
  expect(state.starts).toHaveLength(PAUSES_MS.length);
  const gaps = state.starts.slice(1).map((at, i) => at - (state.starts[i] ?? 0));
  expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
  expect(said.filter((line) => line.includes('database_not_back') && line.includes('the disk is full'))).toHaveLength(PAUSES_MS.length);
  expect(said.at(-1)).toContain('restart the ops API');
});

test('one that starts and dies again soon uses up its tries', async () => {
  const { clock, state, said } = kept();
  for (let i = 0; i < PAUSES_MS.length * 2; i++) {
    state.isUp = false;
    await clock.advance((PAUSES_MS[i] ?? 0) + 3 * LOOK_MS);
  }
  expect(state.starts).toHaveLength(PAUSES_MS.length);
  expect(said.at(-1)).toContain('"tries_left":0');
});

test('one that has stayed up has all its tries again', async () => {
  const { clock, state, said } = kept();
  for (let i = 0; i < PAUSES_MS.length * 2; i++) {
    state.isUp = false;
    await clock.advance(LOOK_MS * 3);
    await clock.advance(STEADY_MS + LOOK_MS);
  }
  expect(state.starts).toHaveLength(PAUSES_MS.length * 2);
  expect(said.filter((line) => line.includes('database_gone')).every((line) => line.includes(`"tries_left":${PAUSES_MS.length}`))).toBe(true);
});

test('one that somebody else has mended is watched over again', async () => {
  const { clock, state } = kept();
  state.works = false;
  state.isUp = false;
  await clock.advance(ALL_PAUSES_MS * 2);
  Object.assign(state, { isUp: true, works: true });
  await clock.advance(STEADY_MS * 2);
  const before = state.starts.length;
  state.isUp = false;
  await clock.advance(LOOK_MS * 2);
  expect(state.starts.length).toBe(before + 1);
});

test('stopping waits for a start under way, and no other follows', async () => {
  const { clock, state, keeper } = kept();
  let go = () => {};
  state.hold = new Promise((resolve) => (go = resolve));
  state.isUp = false;
  await clock.advance(LOOK_MS * 2);
  let isStopped = false;
  const stopping = keeper.stop().then(() => (isStopped = true));
  await clock.advance(1_000);
  expect(isStopped).toBe(false);
  go();
  await stopping;
  state.isUp = false;
  await clock.advance(STEADY_MS);
  expect(state.starts).toHaveLength(1);
});

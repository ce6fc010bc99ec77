import { manualClock } from '@argus/kit/clock.ts';
import { newHandle } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { seededRandom, START } from '../../test/sample.ts';
import type { Log, PatUse } from '../ports.ts';
import { createLastUsed } from './last-used.ts';

const random = seededRandom('last used');
const [one, other] = [newHandle('token', random), newHandle('token', random)];
function desk() {
  const clock = manualClock(START);
  const written: (readonly PatUse[])[] = [];
  const said: Parameters<Log>[] = [];
  const state = { isDown: false };
  const pats = { used: async (uses: readonly PatUse[]) => { if (state.isDown) throw new Error('gone'); written.push(uses); } };
  return { clock, written, said, state, used: createLastUsed({ pats, clock, log: (...line) => void said.push(line) }) };
}

test('a thousand requests are one write', async () => {
  const { used, written } = desk();
  for (let i = 0; i < 1_000; i++) used.note(one);
  used.note(other);
  await used.write();
  expect(written).toEqual([[{ id: one, at: START }, { id: other, at: START }]]);
});

test('each token is written at most once a minute', async () => {
  const { used, clock, written } = desk();
  for (let second = 0; second < 180; second += 5) {
    used.note(one);
    await used.write();
    await clock.advance(5_000);
  }
  expect(written.flat().map((use) => use.at - START)).toEqual([0, 60_000, 120_000]);
});

test('with nothing to say the store is not asked, and a store that is gone is no trouble', async () => {
  const { used, written, said, state } = desk();
  await used.write();
  expect(written).toEqual([]);
  state.isDown = true;
  used.note(one);
  await used.write();
  expect(said).toMatchObject([['warn', 'last_use_not_written', {}]]);
});

test('a wall clock that is set back does not stop the noting', async () => {
  const { used, clock, written } = desk();
  used.note(one);
  await used.write();
  clock.setWall(START - 86_400_000);
  await clock.advance(60_000);
  used.note(one);
  await used.write();
  expect(written).toHaveLength(2);
});

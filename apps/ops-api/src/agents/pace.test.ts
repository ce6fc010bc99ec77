import { manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { START } from '../../test/sample.ts';
import { createPace, PACE } from './pace.ts';

function paced({ isThere = () => true }: { isThere?: (member: string) => boolean } = {}) {
  const clock = manualClock(START);
  const turns: { readonly member: string; readonly second: number }[] = [];
  const pace = createPace({
    clock,
    turn(member) {
      turns.push({ member, second: Math.floor(clock.elapsed() / 1_000) });
      return isThere(member);
    },
    ticked: () => undefined,
  });
  pace.begin();
  const perSecond = () => Math.max(0, ...[...Map.groupBy(turns, (turn) => turn.second).values()].map((of) => of.length));
  return { clock, turns, pace, perSecond };
}

test('one machine alone has its first turn within ten seconds, the second within twenty minutes after that, and the next ones about every ten', async () => {
  const { clock, turns, pace } = paced();
  pace.join('one');
  await clock.advance(PACE.firstWithinMs + 2_000);
  expect(turns.length).toBe(1);
  await clock.advance(2 * PACE.everyMs);
  expect(turns.length).toBeGreaterThanOrEqual(2);
  await clock.advance(3_600_000);
  const gaps = turns.slice(2).map(({ second }, i) => second - (turns[i + 1]?.second ?? 0));
  expect(gaps.length).toBeGreaterThanOrEqual(5);
  for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual((PACE.everyMs * 0.9) / 1_000 - 1);
  for (const gap of gaps) expect(gap).toBeLessThanOrEqual((PACE.everyMs * 1.1) / 1_000 + 2);
});

/** Guarantee: a fleet that comes back at once after a restart is never served faster than the budget. */
test('a thousand at once are spread, each has one turn before anybody has two, and no second has more than its share', async () => {
  const { clock, turns, pace, perSecond } = paced();
  for (let i = 0; i < 1_000; i++) pace.join(`agent ${i}`);
  await clock.advance(60_000);
  expect(new Set(turns.map((turn) => turn.member)).size).toBe(1_000);
  expect(turns.length).toBe(1_000);
  expect(perSecond()).toBeLessThanOrEqual(PACE.perSecond);
});

test('their moments are spread evenly over the time there is', async () => {
  const { clock, turns, pace } = paced();
  for (let i = 0; i < 1_000; i++) pace.join(`agent ${i}`);
  await clock.advance(4 * PACE.everyMs);
  const later = turns.filter(({ second }) => second >= 1_900 && second < 2_200); // half a period, well after the start
  expect(later.length).toBeGreaterThan(350);
  expect(later.length).toBeLessThan(650);
  expect(new Set(later.map(({ second }) => second)).size).toBeGreaterThan(150);
});

test('joining again and again brings no turn sooner', async () => {
  const { clock, turns, pace } = paced();
  for (let i = 0; i < 300; i++) {
    pace.join('one');
    await clock.advance(1_000);
  }
  expect(turns.length).toBe(1);
});

test('one that is gone is forgotten at its turn, and may join anew', async () => {
  let isThere = false;
  const { clock, turns, pace } = paced({ isThere: () => isThere });
  pace.join('one');
  await clock.advance(15_000);
  expect([turns.length, pace.count()]).toEqual([1, 0]);
  await clock.advance(2 * PACE.everyMs);
  expect(turns.length).toBe(1);
  isThere = true;
  pace.join('one');
  await clock.advance(15_000);
  expect([turns.length, pace.count()]).toEqual([2, 1]);
});

test('closed, it has no timer left', async () => {
  const { clock, turns, pace } = paced();
  pace.join('one');
  pace.close();
  await clock.advance(3_600_000);
  expect(turns).toEqual([]);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFlood, SOURCES_MAX, TELL_EVERY_MS, type Held } from './flood.ts';

const WALL = 1_000_000; // the wall clock is another one than that of the minutes
const heard = (source: string, at: number, kind = 'knock') => ({ source, kind, sample: source, at: WALL + at });
const held = (over: Partial<Held<string>>): Held<string> => ({ sample: 'a', isMany: false, count: 1, first: WALL, last: WALL, ...over });

describe('one source', () => {
  test('is told at once, then once a minute with how many, the first and the last, to the millisecond', () => {
    const flood = createFlood<string>();
    expect(flood.isTold(heard('a', 0), 0)).toBe(true);
    for (const at of [1, 500, 59_999]) expect(flood.isTold(heard('a', at), at)).toBe(false);
    expect(flood.nextAt()).toBe(TELL_EVERY_MS);
    expect(flood.ripe(TELL_EVERY_MS - 1)).toEqual([]);
    expect(flood.ripe(TELL_EVERY_MS)).toEqual([held({ count: 3, first: WALL + 1, last: WALL + 59_999 })]);
    expect(flood.isTold(heard('a', 60_001), 60_001)).toBe(false);
    expect(flood.ripe(2 * TELL_EVERY_MS)).toEqual([held({ first: WALL + 60_001, last: WALL + 60_001 })]);
  });

  test('that was quiet for a minute is forgotten, and the next one is told at once', () => {
    const flood = createFlood<string>();
    flood.isTold(heard('a', 0), 0);
    expect(flood.ripe(TELL_EVERY_MS)).toEqual([]);
    expect([flood.size(), flood.nextAt()]).toEqual([0, null]);
    expect(flood.isTold(heard('a', 60_000), 60_000)).toBe(true);
  });

  test('is not held up by another one', () => {
    const flood = createFlood<string>();
    flood.isTold(heard('a', 0), 0);
    for (let i = 0; i < 1_000; i++) flood.isTold(heard('a', i), i);
    expect(flood.isTold(heard('b', 1_000), 1_000)).toBe(true);
  });
});

/** Guarantee: what a flood costs does not grow with the number of addresses it comes from. */
test('a million addresses take the memory and the entries of a few dozen, and each of them is counted', () => {
  const flood = createFlood<string>();
  let told = 0;
  for (let i = 0; i < 1_000_000; i++) if (flood.isTold(heard(`address ${i}`, i % 50_000), i % 50_000)) told++;
  expect(told).toBe(SOURCES_MAX);
  expect(flood.size()).toBe(SOURCES_MAX + 1);
  expect(flood.ripe(TELL_EVERY_MS * 2)).toEqual([expect.objectContaining({ isMany: true, count: 1_000_000 - SOURCES_MAX })]);
  flood.ripe(TELL_EVERY_MS * 4);
  expect(flood.size()).toBe(0);
}, 30_000);

test('those that are not told apart are told by kind, and a place that becomes free is taken', () => {
  const flood = createFlood<string>();
  for (let i = 0; i < SOURCES_MAX; i++) flood.isTold(heard(`a${i}`, 0), 0);
  for (const kind of ['knock', 'guess', 'knock']) expect(flood.isTold(heard(`late ${kind}`, 1, kind), 1)).toBe(false);
  expect(flood.ripe(TELL_EVERY_MS + 1).map(({ sample, isMany, count }) => [sample, isMany, count])).toEqual([['late knock', true, 2], ['late guess', true, 1]]);
  expect(flood.isTold(heard('late knock', 70_000), 70_000)).toBe(true);
});

test('what could not be written is told with the next ones, also when its source is forgotten by then', () => {
  const flood = createFlood<string>();
  flood.isTold(heard('a', 0), 0);
  flood.giveBack(heard('a', 0), held({ count: 1, first: WALL, last: WALL }), 5);
  flood.isTold(heard('a', 7), 7);
  const [both] = flood.ripe(TELL_EVERY_MS);
  expect(both).toEqual(held({ count: 2, first: WALL, last: WALL + 7 }));
  flood.ripe(2 * TELL_EVERY_MS);
  expect(flood.size()).toBe(0);
  flood.giveBack(heard('a', 0), held({ count: 2 }), 2 * TELL_EVERY_MS);
  expect(flood.ripe(3 * TELL_EVERY_MS)).toEqual([held({ count: 2, isMany: true })]);
});

test('at the end everything that is counted comes out, once', () => {
  const flood = createFlood<string>();
  for (const source of ['a', 'b']) for (let i = 0; i < 3; i++) flood.isTold(heard(source, i), i);
  expect(flood.rest().map(({ sample, count }) => [sample, count])).toEqual([['a', 2], ['b', 2]]);
  expect([flood.rest(), flood.ripe(TELL_EVERY_MS)]).toEqual([[], []]);
});

/** Guarantee: nothing is lost and nothing is counted twice, whoever knocks when. */
test('told one by one and counted together are as many as there were, in any order of knocking', () => {
  const knock = fc.record({ who: fc.integer({ min: 0, max: 2 * SOURCES_MAX }), pause: fc.integer({ min: 0, max: 20_000 }), isMissed: fc.boolean() });
  fc.assert(
    fc.property(fc.array(knock, { maxLength: 400 }), (knocks) => {
      const flood = createFlood<string>();
      let [now, written] = [0, 0];
      for (const { who, pause, isMissed } of knocks) {
        now += pause;
        for (const one of flood.ripe(now)) {
          if (isMissed) flood.giveBack(heard(one.sample, 0), one, now);
          else written += one.count;
        }
        if (flood.isTold(heard(`w${who}`, now), now)) written++;
        expect(flood.size()).toBeLessThanOrEqual(SOURCES_MAX + 1);
      }
      expect(written + flood.rest().reduce((n, one) => n + one.count, 0)).toBe(knocks.length);
    }),
    { numRuns: 200 },
  );
});

import { manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { ahead, fresh, LOOK_YOUNG_MS, once } from './once.ts';

function counted() {
  let looks = 0;
  return { look: async () => ++looks, looks: () => looks };
}

test('a look that costs something is made once, and only when asked for', async () => {
  const { look, looks } = counted();
  const seen = once(look);
  expect(looks()).toBe(0);
  expect([await seen(), await seen()]).toEqual([1, 1]);
});

/** Guarantee: a credential revoked while a body was on its way is not honoured. */
test('what was seen counts while it is young; after that it is looked at again', async () => {
  const clock = manualClock(0);
  const { look } = counted();
  const seen = fresh(look, { clock, youngMs: LOOK_YOUNG_MS });
  expect([await seen(), await seen()]).toEqual([1, 1]);
  await clock.advance(LOOK_YOUNG_MS);
  expect(await seen()).toBe(1);
  await clock.advance(1);
  expect(await seen()).toBe(2);
});

test('a look begun early serves while it is young, and one that failed is heard of by whoever asks', async () => {
  const clock = manualClock(0);
  const { look, looks } = counted();
  const seen = ahead(look, { clock, youngMs: LOOK_YOUNG_MS });
  seen.begin();
  expect(await seen.look()).toBe(1);
  await clock.advance(LOOK_YOUNG_MS + 1);
  expect(await seen.look()).toBe(2);
  expect(looks()).toBe(2);
  const broken = ahead(async () => Promise.reject(new Error('gone')), { clock, youngMs: LOOK_YOUNG_MS });
  broken.begin();
  await expect(broken.look()).rejects.toThrow('gone');
});

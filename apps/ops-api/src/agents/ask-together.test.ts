import { expect, test } from 'vitest';
import { askTogether } from './ask-together.ts';

/** Answers are worked out by hand: each waits until it is let go. */
function world() {
  const ask = askTogether<number>();
  const working: PromiseWithResolvers<number>[] = [];
  const answer = () => {
    const one = Promise.withResolvers<number>();
    working.push(one);
    return one.promise;
  };
  return { ask: (about = 'all') => ask(about, answer), working };
}

test('of many who ask, the first is answered alone and all who asked meanwhile by one answer that was begun after them', async () => {
  const { ask, working } = world();
  const [first, second, third] = [ask(), ask(), ask()];
  expect(working).toHaveLength(1);
  working[0]?.resolve(1);
  expect(await first).toBe(1);
  await expect.poll(() => working.length).toBe(2);
  const fourth = ask();
  working[1]?.resolve(2);
  expect(await Promise.all([second, third])).toEqual([2, 2]);
  await expect.poll(() => working.length).toBe(3);
  working[2]?.resolve(3);
  expect(await fourth).toBe(3);
});

test('who asks when nobody is being answered is answered at once, and who asks about something else does not wait', async () => {
  const { ask, working } = world();
  const one = ask();
  working[0]?.resolve(1);
  expect(await one).toBe(1);
  const [again, other] = [ask(), ask('some')];
  expect(working).toHaveLength(3);
  working[2]?.resolve(3);
  expect(await other).toBe(3);
  working[1]?.resolve(2);
  expect(await again).toBe(2);
});

test('an answer that fails is the failure of those it was for, and not of those who wait for the next', async () => {
  const { ask, working } = world();
  const [first, second] = [ask(), ask()];
  working[0]?.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await expect.poll(() => working.length).toBe(2);
  working[1]?.resolve(2);
  expect(await second).toBe(2);
  const third = ask();
  expect(working).toHaveLength(3);
  working[2]?.resolve(3);
  expect(await third).toBe(3);
});

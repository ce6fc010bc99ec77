import { expect, test } from 'vitest';
import { isoTime, manualClock } from './clock.ts';

test('timers run in order of their due time, also those set by other timers', async () => {
  const clock = manualClock(0);
  const ran: string[] = [];
  clock.after(20, () => ran.push('b'));
  clock.after(10, () => {
    ran.push('a');
    clock.after(5, () => ran.push('a2'));
  });
  clock.after(30, () => ran.push('too late'));
  await clock.advance(25);
  expect(ran).toEqual(['a', 'a2', 'b']);
  expect(clock.elapsed()).toBe(25);
});

test('a cancelled timer does not run', async () => {
  const clock = manualClock(0);
  let ran = false;
  clock.after(1, () => (ran = true))();
  await clock.advance(10);
  expect(ran).toBe(false);
});

test('setting the wall clock moves now and leaves elapsed alone', async () => {
  const clock = manualClock(1_000);
  await clock.advance(5);
  clock.setWall(500);
  expect([clock.now(), clock.elapsed()]).toEqual([500, 5]);
  await clock.advance(5);
  expect([clock.now(), clock.elapsed()]).toEqual([505, 10]);
});

test('times are written with milliseconds and Z', () => {
  expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z');
});

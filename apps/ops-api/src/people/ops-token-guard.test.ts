import { manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { START } from '../../test/sample.ts';
import { createOpsTokenGuard, WRONG_MAX, WRONG_WITHIN_MS } from './ops-token-guard.ts';

const RIGHT = 'ops-token-of-the-tests-at-least-32-chars';
const WRONG = 'x'.repeat(40);
function guard() {
  const clock = manualClock(START);
  return { clock, ...createOpsTokenGuard({ clock, tokens: [RIGHT, 'another-token-while-they-are-rotated'] }) };
}
const guess = ({ matches }: ReturnType<typeof guard>, times: number, ip = '10.1.2.3') => Array.from({ length: times }, () => matches(ip, WRONG));

/** Guarantee: an address has ten guesses a minute; after those, even the right token opens nothing, and nothing shows it. */
test('after ten wrong tokens the right one opens nothing for a minute, to the millisecond', async () => {
  const g = guard();
  guess(g, WRONG_MAX - 1);
  expect(g.matches('10.1.2.3', RIGHT)).toBe(true);
  guess(g, 1);
  expect(g.matches('10.1.2.3', RIGHT)).toBe(false);
  await g.clock.advance(WRONG_WITHIN_MS - 1);
  expect(g.matches('10.1.2.3', RIGHT)).toBe(false);
  await g.clock.advance(1);
  expect(g.matches('10.1.2.3', RIGHT)).toBe(true);
});

test('guessing on does not make it longer, and gains nothing', async () => {
  const g = guard();
  guess(g, WRONG_MAX);
  for (let i = 0; i < 59; i++) {
    await g.clock.advance(1_000);
    expect(guess(g, 100)).not.toContain(true);
    expect(g.matches('10.1.2.3', RIGHT)).toBe(false);
  }
  await g.clock.advance(1_000);
  expect(g.matches('10.1.2.3', RIGHT)).toBe(true);
});

test('wrong ones are forgotten after a minute', async () => {
  const g = guard();
  for (let i = 0; i < 5; i++) {
    guess(g, WRONG_MAX - 1);
    await g.clock.advance(WRONG_WITHIN_MS);
  }
  expect(g.matches('10.1.2.3', RIGHT)).toBe(true);
});

test('another address is not held up; another one of the same IPv6 network is', () => {
  const g = guard();
  guess(g, WRONG_MAX);
  expect(g.matches('10.1.2.4', RIGHT)).toBe(true);
  for (let i = 0; i < WRONG_MAX; i++) g.matches(`2001:db8:1:2::${i}`, WRONG);
  expect([g.matches('2001:db8:1:2:ffff::1', RIGHT), g.matches('2001:db8:1:3::1', RIGHT)]).toEqual([false, true]);
});

test('no token is no guess, and each of several right ones is right', () => {
  const g = guard();
  for (let i = 0; i < 100; i++) expect([g.matches('10.1.2.3', undefined), g.matches('10.1.2.3', '')]).toEqual([false, false]);
  expect([g.matches('10.1.2.3', RIGHT), g.matches('10.1.2.3', 'another-token-while-they-are-rotated')]).toEqual([true, true]);
});

test('however many addresses guess, only so many are remembered, and the latest among them', () => {
  const g = guard();
  for (let i = 0; i < 20_000; i++) g.matches(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, WRONG);
  expect(g.size()).toBe(4_096);
  guess(g, WRONG_MAX, '10.9.9.9');
  expect(g.matches('10.9.9.9', RIGHT)).toBe(false);
});

import { toBase64 } from '@argus/kit/bytes.ts';
import { expect, test } from 'vitest';
import { keysFor, LOG_KEYS_MAX, logKeysOf, oneKey, withEarlierKey, withRotation, type LogKeys } from './log-keys.ts';

/** Whoever follows a log key, machine or checker, asks these; a signature is asked about apart. */
const key = (n: number): string => toBase64(new Uint8Array(32).fill(n));
const signature = `${'A'.repeat(86)}==`;
const change = (from: number, to: number) => ({ from: key(from), to: key(to), signature });
/** Key 1 to entry 9, then key 2, and so on: one more every ten entries. */
const following = (count: number): LogKeys => ({ isOrdered: true, keys: Array.from({ length: count }, (_, i) => ({ key: key(i + 1), over: i * 10 })) });

test('a change is followed from the key that held last, from the place behind its entry', () =>
  expect(withRotation(following(2), change(2, 3), 24)).toEqual({ isOrdered: true, keys: [...following(2).keys, { key: key(3), over: 25 }] }));

test('one that is known already changes nothing, however often it is shown', () => {
  const known = following(3);
  expect(withRotation(known, change(2, 3), 19)).toBe(known);
});

/** Guarantee: whoever has an old key, or the new one, leads nobody to a third, or back. */
test.each<[string, LogKeys, ReturnType<typeof change>, number]>([
  ['by a key that nobody knows', following(2), change(9, 3), 24],
  ['by a key whose time is over', following(2), change(1, 3), 24],
  ['back to a key that was there before', following(2), change(2, 1), 24],
  ['to the very key that holds', following(2), change(2, 2), 24],
  ['told of again at another place', following(3), change(2, 3), 29],
  ['told of again, from another key', following(3), change(1, 3), 19],
  ['at the entry at which the key it follows came', following(2), change(2, 3), 9],
  ['before the key it follows came', following(2), change(2, 3), 5],
  ['one more than anybody follows', following(LOG_KEYS_MAX), change(LOG_KEYS_MAX, 99), 500],
  ['where nobody said from where the known keys hold', { ...following(2), isOrdered: false }, change(2, 3), 24],
])('a change %s is none', (_which, known, said, index) => expect(withRotation(known, said, index)).toEqual(expect.any(String)));

test('the last one that is followed is as good as any', () => expect(withRotation(following(LOG_KEYS_MAX - 1), change(LOG_KEYS_MAX - 1, 99), 500)).toMatchObject({ keys: { length: LOG_KEYS_MAX } }));

test('who knows only the newest key learns from it which one held before', () =>
  expect(withEarlierKey(oneKey(key(2)), change(1, 2), 9)).toEqual({ isOrdered: true, keys: [{ key: key(1), over: 0 }, { key: key(2), over: 10 }] }));

test.each<[string, LogKeys, ReturnType<typeof change>]>([
  ['that brought another key', oneKey(key(2)), change(1, 3)],
  ['of a key whose beginning is known', { isOrdered: true, keys: [{ key: key(2), over: 4 }] }, change(1, 2)],
  ['from a key that is known to come later', following(3), change(2, 1)],
  ['where nobody said from where the known keys hold', { ...oneKey(key(2)), isOrdered: false }, change(1, 2)],
  ['before as many as anybody follows', following(LOG_KEYS_MAX), change(99, 1)],
])('a change %s says nothing of what was before', (_which, known, said) => expect(withEarlierKey(known, said, 9)).toBeNull());

test('a checkpoint is of the key of its size: the one that changes the key is still of the old one', () => {
  expect([0, 1, 10, 11, 20, 21, 9_999].map((size) => keysFor(following(3), size))).toEqual([[key(1)], [key(1)], [key(1)], [key(2)], [key(2)], [key(3)], [key(3)]]);
  expect(keysFor({ ...following(3), isOrdered: false }, 5)).toEqual([key(1), key(2), key(3)]);
  expect(keysFor({ isOrdered: true, keys: [] }, 5)).toEqual([]);
});

test('the sizes in a trust file count where each key has one and they rise; otherwise none does', () => {
  const log_keys = [key(1), key(2)];
  expect(logKeysOf({ log_keys, log_key_sizes: [0, 10] })).toEqual(following(2));
  for (const log_key_sizes of [undefined, [0], [0, 0], [10, 5], [0, 10, 20]]) expect(logKeysOf({ log_keys, log_key_sizes }).isOrdered).toBe(false);
  expect(logKeysOf({ log_keys: [key(1)] })).toEqual(oneKey(key(1)));
});

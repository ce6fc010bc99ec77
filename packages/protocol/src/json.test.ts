import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import { isCrowded, JSON_VALUES_MAX, plainJson } from './json.ts';
import { RunCommand } from './http/shapes.ts';

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

test('whatever is taken can be hashed without a throw', () =>
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const taken = plainJson().safeParse(value);
      if (taken.success) expect(typeof canonicalJson(taken.data)).toBe('string');
    }),
  ));

test.each([1, 'a', null, true, [1, [2]], { a: { b: [] } }])('plain JSON is taken as it is: %j', (value) =>
  expect(plainJson().parse(value)).toBe(value),
);

test.each([
  ['half a surrogate pair', '\ud800'],
  ['an infinite number', JSON.parse('1e999')],
  ['65 levels', nested(65)],
])('%s is refused', (_name, value) => expect(plainJson().safeParse(value).success).toBe(false));

/** Guarantee: no request body costs the process its stack. */
test.each([100, 5_000, 200_000])('arguments nested %i levels deep are refused without a throw', (levels) =>
  expect(RunCommand.safeParse({ command: 'ping', args: { x: nested(levels) } }).success).toBe(false),
);

test('a text of too many values is told from one of few, however long that is, and without being read', () => {
  const many = (one: string) => Array.from({ length: JSON_VALUES_MAX }, () => one).join(',');
  expect([`[${many('[]')}]`, `[${many('0')},0]`, `{"a":[${many('{}')}]}`, '['.repeat(20_000), `{${many('"k":0')},"k":0}`].map(isCrowded)).toEqual([true, true, true, true, true]);
  expect(['', '[]', `[${many('0').slice(0, -2)}]`, `{"a":"${'x:'.repeat(1_000_000)}"}`].map(isCrowded)).toEqual([false, false, false, false]);
});

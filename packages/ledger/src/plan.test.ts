import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planConsistency, planInclusion, planRoot, type Subtree } from './plan.ts';

/** level/index, as one writes it on paper. */
const words = (plan: readonly (readonly Subtree[])[]): readonly string[] =>
  plan.map((subtrees) => subtrees.map(({ level, index }) => `${level}/${index}`).join('+'));

// The trees RFC 6962 draws in 2.1.3, and three larger ones whose nodes transparency-dev/merkle publishes.
test.each<[index: number, size: number, plan: readonly string[]]>([
  [0, 1, []],
  [1, 3, ['0/0', '0/2']],
  [0, 7, ['0/1', '1/1', '1/2+0/6']],
  [3, 7, ['0/2', '1/0', '1/2+0/6']],
  [4, 7, ['0/5', '0/6', '2/0']],
  [6, 7, ['1/2', '2/0']],
  [10, 15, ['0/11', '1/4', '1/6+0/14', '3/0']],
  [24, 31, ['0/25', '1/13', '1/14+0/30', '3/2', '4/0']],
  [81, 95, ['0/80', '1/41', '2/21', '2/22+1/46+0/94', '4/4', '6/0']],
])('leaf %i of %i is proved by these subtrees', (index, size, plan) =>
  expect(words(planInclusion(index, size))).toEqual(plan));

test.each<[from: number, to: number, plan: readonly string[]]>([
  [0, 0, []],
  [0, 7, []],
  [7, 7, []],
  [1, 2, ['0/1']],
  [3, 7, ['0/2', '0/3', '1/0', '1/2+0/6']],
  [4, 7, ['1/2+0/6']],
  [6, 7, ['1/2', '0/6', '2/0']],
  [10, 15, ['1/4', '1/5', '1/6+0/14', '3/0']],
  [24, 31, ['3/2', '2/6+1/14+0/30', '4/0']],
  [81, 95, ['0/80', '0/81', '1/41', '2/21', '2/22+1/46+0/94', '4/4', '6/0']],
])('%i leaves as the beginning of %i are proved by these subtrees', (from, to, plan) =>
  expect(words(planConsistency(from, to))).toEqual(plan));

const anySize = fc.oneof(fc.nat(200), fc.maxSafeNat(), fc.nat(52).map((level) => 2 ** level));
const end = ({ level, index }: Subtree): bigint => BigInt(index + 1) << BigInt(level);
const start = ({ level, index }: Subtree): bigint => BigInt(index) << BigInt(level);

// BigInt here, so that the test does not round where the code might.
test('the subtrees of a root lie side by side, get narrower, and cover the tree, at any size', () =>
  fc.assert(
    fc.property(anySize, (size) => {
      let covered = 0n;
      let level = 54;
      for (const subtree of planRoot(size)) {
        expect(start(subtree)).toBe(covered);
        expect(subtree.level).toBeLessThan(level);
        covered = end(subtree);
        level = subtree.level;
      }
      expect(covered).toBe(BigInt(size));
    }),
  ));

/** Guarantee: a server that keeps complete subtrees only is never asked for another one. */
test('no plan asks for a subtree that reaches over the edge of the tree', () =>
  fc.assert(
    fc.property(anySize, anySize, (a, b) => {
      const [small, size] = [Math.min(a, b), Math.max(a, b)];
      const plans = [planConsistency(small, size), small < size ? planInclusion(small, size) : []];
      for (const subtree of plans.flat(2)) expect(end(subtree)).toBeLessThanOrEqual(BigInt(size));
    }),
  ));

test('together with its leaf, an inclusion plan covers every leaf once', () =>
  fc.assert(
    fc.property(anySize, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (size, where) => {
      fc.pre(size > 0);
      const index = Math.floor(size * where);
      const subtrees = [...planInclusion(index, size).flat(), { level: 0, index }];
      const ordered = subtrees.toSorted((a, b) => (start(a) < start(b) ? -1 : 1));
      expect(ordered.map(start)).toEqual([0n, ...ordered.slice(0, -1).map(end)]);
      expect(ordered.map(end).at(-1)).toBe(BigInt(size));
    }),
  ));

test.each([-1, 0.5, NaN, Infinity, 2 ** 53])('%d is no size and no index', (number) => {
  expect(() => planRoot(number)).toThrow(RangeError);
  expect(() => planInclusion(number, 9)).toThrow(RangeError);
  expect(() => planInclusion(0, number)).toThrow(RangeError);
  expect(() => planConsistency(number, 9)).toThrow(RangeError);
  expect(() => planConsistency(0, number)).toThrow(RangeError);
});

test('a leaf that is not there and a past that is longer than the present have no plan', () => {
  expect(() => planInclusion(7, 7)).toThrow('no leaf 7 in a tree of 7');
  expect(() => planInclusion(0, 0)).toThrow(RangeError);
  expect(() => planConsistency(8, 7)).toThrow('a tree of 7 has no past of 8');
});

import { bundleLine } from '@argus/protocol/bundle.ts';
import fc from 'fast-check';
import { utf8 } from '@argus/kit/bytes.ts';
import { planInclusion } from '@argus/ledger/plan.ts';
import { expect, test } from 'vitest';
import { between, leafLinesBytes, proofLinesBytes } from './lines.ts';

const HASH = `${'A'.repeat(43)}=`;

/** Guarantee: what is announced is what comes; a byte off, and the bundle would break off for everybody. */
test('the lines of leaves are as long as was counted', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 10_000_000 }), fc.string({ unit: 'grapheme' }))), (leaves) => {
      const json = leaves.reduce((sum, [, leaf]) => sum + utf8(JSON.stringify(leaf)).length, 0);
      const written = leaves.map(([index, leaf]) => bundleLine({ index, leaf })).join('');
      expect(leafLinesBytes(leaves.map(([index]) => index), json)).toBe(utf8(written).length);
    }),
  );
});

test('and so are those of proofs, in trees of any size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.nat(), (size, n) => {
      const index = n % size;
      const line = bundleLine({ index, inclusion: planInclusion(index, size).map(() => HASH) });
      expect(proofLinesBytes([index], size)).toBe(utf8(line).length);
    }),
  );
});

test('a stretch is every place from its first to before its last', () => {
  expect([[...between(3, 6)], [...between(3, 3)]]).toEqual([[3, 4, 5], []]);
});

import { expect, test } from 'vitest';
import { gapsIn, lengthOf, mergedWithin } from './spans.ts';

const DAY = { from: 0, to: 1_000 };
test.each([
  ['nothing', [], []],
  ['what began before is cut at the edge', [{ from: -50, to: 10 }], [{ from: 0, to: 10 }]],
  ['what lasts is cut at the other one', [{ from: 990, to: 2_000 }], [{ from: 990, to: 1_000 }]],
  ['what is outside is left out', [{ from: -10, to: 0 }, { from: 1_000, to: 1_010 }], []],
  ['a line replaced by another is one time', [{ from: 30, to: 60 }, { from: 0, to: 30 }, { from: 40, to: 50 }], [{ from: 0, to: 60 }]],
  ['two with a gap are two, oldest first', [{ from: 500, to: 600 }, { from: 0, to: 100 }], [{ from: 0, to: 100 }, { from: 500, to: 600 }]],
])('%s', (_, spans, expected) => {
  expect(mergedWithin(spans, DAY)).toEqual(expected);
});

test('gaps are between, not before or after, and together with the spans they are the whole time between the first and the last', () => {
  const spans = mergedWithin([{ from: 100, to: 200 }, { from: 300, to: 400 }, { from: 401, to: 500 }], DAY);
  expect(gapsIn(spans)).toEqual([{ from: 200, to: 300 }, { from: 400, to: 401 }]);
  expect(gapsIn(spans, 10)).toEqual([{ from: 200, to: 300 }]);
  expect(lengthOf(spans) + lengthOf(gapsIn(spans))).toBe(400);
});

import { expect, test } from 'vitest';
import { goOn, KEPT_LINES_MAX, levelOf, linesOf, placesOf } from './log-lines.ts';

test.each([
  ['2026-03-01T10:00:00Z ERROR decoder stalled', 'error'],
  ['[warn] retrying', 'warn'],
  ['INFO no error was found', 'info'],
  ['level=debug msg="warning lights"', 'debug'],
  ['informal words of an errand', 'other'],
  [`${'.'.repeat(130)} ERROR`, 'other'],
] as const)('%j is of level %s', (line, level) => expect(levelOf(line)).toBe(level));

test('a text is as many lines as it has line breaks, whichever they are', () => {
  expect(linesOf('a\r\nb\n\nc\n')).toEqual(['a', 'b', '', 'c']);
  expect(linesOf('half a line')).toEqual(['half a line']);
  expect(linesOf('')).toEqual([]);
});

test('a later look goes on where the one before ended, and nothing stands there twice', () => {
  expect(goOn(['a', 'b', 'c'], ['b', 'c', 'd'])).toEqual({ lines: ['a', 'b', 'c', 'd'], missed: false });
  expect(goOn(['a', 'b'], ['a', 'b'])).toEqual({ lines: ['a', 'b'], missed: false });
  expect(goOn([], ['a'])).toEqual({ lines: ['a'], missed: false });
  expect(goOn(['a'], [])).toEqual({ lines: ['a'], missed: false });
});

test('looks that have nothing in common say so, and the newer one counts', () => {
  expect(goOn(['a', 'b'], ['x', 'y'])).toEqual({ lines: ['x', 'y'], missed: true });
});

test('of a log that is followed for hours the newest lines are kept', () => {
  const many = Array.from({ length: KEPT_LINES_MAX }, (_, n) => String(n));
  const { lines } = goOn(many, [...many.slice(-10), 'new']);
  expect([lines.length, lines[0], lines.at(-1)]).toEqual([KEPT_LINES_MAX, '1', 'new']);
});

test('a word is found in any case; nothing is found everywhere', () => {
  expect(placesOf(['Frame 1', 'x', 'FRAME 2'], 'frame')).toEqual([0, 2]);
  expect(placesOf(['a'], '')).toEqual([]);
});

import { expect, test } from 'vitest';
import { piecesOf } from './pieces.ts';

const shown = (text: string, sought = {}) => piecesOf(text, sought).map(({ is, text: what }) => (is === 'plain' ? what : `<${is} ${what}>`));

test.each([
  ['an escape of a terminal', 'a\u001B[31mb', ['a', '<unseen U+001B>', '[31mb']],
  ['a turn of direction', 'exe.\u202Egnp', ['exe.', '<unseen U+202E>', 'gnp']],
  ['a space of no width', 'pass\u200Bword', ['pass', '<unseen U+200B>', 'word']],
  ['half a character', 'a\uD800b', ['a', '<unseen U+D800>', 'b']],
  ['a line break of another kind', 'a\u2028b', ['a', '<unseen U+2028>', 'b']],
])('%s is named, not obeyed', (_, text, pieces) => expect(shown(text)).toEqual(pieces));

test('a tab, letters of every alphabet and markup are the text they are', () => {
  expect(shown('\ta ünï ✓ 🙂 <script>alert(1)</script>')).toEqual(['\ta ünï ✓ 🙂 <script>alert(1)</script>']);
});

test('what is sought is found in any case, and means only itself', () => {
  expect(shown('Frame 1.5 of frame 15', { find: 'FRAME 1.5' })).toEqual(['<found Frame 1.5>', ' of frame 15']);
  expect(shown('(a) [b] $c', { find: '[b] $' })).toEqual(['(a) ', '<found [b] $>', 'c']);
});

test('marks of what was blanked are marks only where the agent blanks', () => {
  expect(shown('token: [redacted] # [redacted: the rest]', { hasMarks: true })).toEqual(['token: ', '<blanked [redacted]>', ' # ', '<blanked [redacted: the rest]>']);
  expect(shown('token: [redacted]')).toEqual(['token: [redacted]']);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bodyText } from './body.ts';
import { paintFor } from './paint.ts';
import { print } from './print.ts';
import { resultView } from './result.ts';

const plain = paintFor(false, {});
const LINES = Array.from({ length: 5_000 }, (_, n) => `line ${n} ${'x'.repeat(100)}\n`).join('');

test('a log is printed line by line, all of it, and what is known about it below', () => {
  const shown = print(resultView({ file: 'argus.log', text: LINES, lines: 5_000, truncated: false }), plain);
  expect(shown).toBe(`${LINES}\nfile           argus.log\nlines          5000\ntruncated      no\n`);
});

test.each([
  ['lines as on Windows', 'a\r\nb\r\n', 'a\nb\n'],
  ['tabs', 'a\tb\n', 'a\tb\n'],
  ['a last line without a line break', 'a\nb', 'a\nb\n'],
  ['nothing', '', ''],
  ['letters of anywhere', 'größe ✓ 温度 😀\n', 'größe ✓ 温度 😀\n'],
  ['a secret of ours', `Authorization: pat_${'P'.repeat(43)}\n`, 'Authorization: pat_[redacted]\n'],
])('%s are shown as they are meant', (_what, text, shown) => expect(bodyText(text)).toBe(shown));

/** Guarantee: whoever writes into a log of the machine does nothing to the terminal of the operator who reads it. */
test.each([
  ['clears the screen', '\u001B[2J', '\\u001b[2J'],
  ['sets the title', '\u001B]0;title\u0007', '\\u001b]0;title\\u0007'],
  ['writes to the clipboard', '\u001B]52;c;cm0gLXJm\u001B\\', '\\u001b]52;c;cm0gLXJm\\u001b\\'],
  ['uses the one-byte form', '\u009B2J\u009D0;x\u009C', '\\u009b2J\\u009d0;x\\u009c'],
  ['overwrites its line', 'real\rfake', 'real\\u000dfake'],
  ['goes back', 'a\b\bb', 'a\\u0008\\u0008b'],
  ['turns letters round', '\u202Etxt.exe\u202C \u2066x\u2069', '\\u202etxt.exe\\u202c \\u2066x\\u2069'],
  ['hides letters', 'pass\u200Bword\u00AD\uFEFF', 'pass\\u200bword\\u00ad\\ufeff'],
  ['breaks the line in its own way', 'a\u2028b\u2029c\u000Bd\u000Ce', 'a\\u2028b\\u2029c\\u000bd\\u000ce'],
  ['rings and ends', '\u0007\u0000\u007F', '\\u0007\\u0000\\u007f'],
  ['spells with half a letter', '\ud83d', '\\ud83d'],
  ['tags', '\u{E0041}', '\\udb40\\udc41'],
])('text that %s is spelled out', (_what, text, shown) => expect(bodyText(text)).toBe(`${shown}\n`));

test('of any text nothing reaches the terminal that is not a letter, a line break or a tab', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 40 }).map((points) => String.fromCodePoint(...points)), (text) => !/[^\P{C}\n\t]/u.test(bodyText(text))));
});

test('a file that is no text is not thrown at the terminal', () => {
  const shown = print(resultView({ path: 'argus.log.1.gz', base64: 'A'.repeat(100_000), size: 75_000, sha256: 'ab'.repeat(32), truncated: false }), plain);
  expect(shown).toContain('content        not text; --json prints it in base64\n');
  expect(shown).not.toContain('AAAA');
});

test('a text in a deeper place, or one that is none, is a field like any other', () => {
  expect(print(resultView({ text: null, a: { text: 'x' } }), plain)).toBe('a.text         x\ntext           -\n');
});

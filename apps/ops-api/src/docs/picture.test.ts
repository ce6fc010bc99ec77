import { expect, test } from 'vitest';
import { isHarmless, pictureHtml } from './picture.ts';

const around = (inside: string, on = '') => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"${on}>${inside}</svg>`;

test.each([
  '<rect class="box" x="1" y="2" width="3" height="4" rx="1" fill="#fff" stroke="#000"></rect>', '<path d="M0 0L1 1" marker-end="url(#tip)"/>', '<text x="1" y="1" text-anchor="middle">few files</text>', "<title id=\"t\">A command's way</title>",
])('a drawing of shapes and words is shown: %s', (inside) => expect(isHarmless(around(inside))).toBe(true));

/** Guarantee: a drawing stands in the page itself, so nothing may be in it that acts, loads or leads away. */
test.each([
  '<script>alert(1)</script>', '<rect onclick="x"></rect>', '<rect onload="x"/>', '<a href="/x">x</a>', '<image href="http://x/"/>', '<use href="#x"/>', '<foreignObject><div></div></foreignObject>', '<style>*{}</style>', '<rect style="x"/>', '<animate attributeName="x"/>', '<set/>',
  '<rect fill="url(http://x/)"/>', '<rect fill="URL(//x)"/>', '<rect fill="javascript:x"/>', '<rect fill="&#106;avascript:x"/>', '<text>&#60;script&#62;</text>', '<!-- x -->', '<![CDATA[<script>]]>', '<?xml version="1.0"?>', '<rect x=1></rect>', "<rect x='1'></rect>", '<rect x="1" <script>></rect>', '<rect\u0000onclick="x"/>', '<iframe/>', '<SCRIPT>x</SCRIPT>',
])('one with %j is not', (inside) => expect(isHarmless(around(inside))).toBe(false));

test.each([around('', ' onload="x"'), '<script></script>', '<!doctype html><svg></svg>', 'text', ''])('nor one that is %s as a whole', (svg) => expect(isHarmless(svg)).toBe(false));

test('one that is not harmless, or not there, leaves its words', () => {
  const pictures = new Map([['pictures/good.svg', around('')], ['pictures/bad.svg', around('<script></script>')]]);
  expect(pictureHtml(pictures, 'guides/x', '../pictures/good.svg')).toBe(around(''));
  expect([pictureHtml(pictures, 'guides/x', '../pictures/bad.svg'), pictureHtml(pictures, 'guides/x', '../pictures/none.svg'), pictureHtml(pictures, 'guides/x', '../../pictures/good.svg')]).toEqual([null, null, null]);
});

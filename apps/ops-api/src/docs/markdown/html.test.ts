import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tagsOf } from '../../../test/well-formed.ts';
import { readBlocks } from './blocks.ts';
import { blocksHtml, headingIds, type Around } from './html.ts';

const around: Around = { link: (to) => (to.startsWith('#') ? to : to.endsWith('.md') ? `/docs/${to.slice(0, -3)}` : null), picture: () => null };
const html = (markdown: string): string => blocksHtml(readBlocks(markdown.split('\n')), around);

describe('what our pages are written in comes out as it is meant', () => {
  test.each([
    ['a paragraph of two lines', 'one\ntwo', '<p>one\ntwo</p>'],
    ['stress', '**a** and *b* and _c_, snake_case_word, 2 * 3 * 4', '<p><strong>a</strong> and <em>b</em> and <em>c</em>, snake_case_word, 2 * 3 * 4</p>'],
    ['stress around code', '**`a*b` c**', '<p><strong><code>a*b</code> c</strong></p>'],
    ['code with ticks in it', '`` a`b ``', '<p><code>a`b</code></p>'],
    ['a tick that closes nowhere', 'a `b', '<p>a `b</p>'],
    ['an escaped star', '\\*not\\*', '<p>*not*</p>'],
    ['a link', '[words `x`](a.md)', '<p><a href="/docs/a">words <code>x</code></a></p>'],
    ['a link to a place', '[here](#x)', '<p><a href="#x">here</a></p>'],
    ['a link out', '<https://a.example/b?c=d&e>', '<p><a href="https://a.example/b?c=d&amp;e" rel="noreferrer">https://a.example/b?c=d&amp;e</a></p>'],
    ['a link to what is not served', '[the test](../e2e/x.ts)', '<p><span class="elsewhere">the test</span></p>'],
    ['an anchor', '<a id="not_in_log"></a>`not_in_log`', '<p><span id="not_in_log"></span><code>not_in_log</code></p>'],
    ['a list', '- a\n- b\n  on', '<ul>\n<li>a</li>\n<li>b\non</li>\n</ul>'],
    ['a list from three', '3. a\n4. b', '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'],
    ['a list in a list', '- a\n  - b\n- c', '<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul></li>\n<li>c</li>\n</ul>'],
    ['a list with room in it', '- a\n\n- b', '<ul>\n<li><p>a</p></li>\n<li><p>b</p></li>\n</ul>'],
    ['two kinds of list', '- a\n1. b', '<ul>\n<li>a</li>\n</ul>\n<ol>\n<li>b</li>\n</ol>'],
    ['a quote', '> a\n> b', '<blockquote>\n<p>a\nb</p>\n</blockquote>'],
    ['a rule', 'a\n\n---\n\nb', '<p>a</p>\n<hr>\n<p>b</p>'],
    ['a comment for editors', '<!-- printed -->\n\na', '<p>a</p>'],
  ])('%s', (_what, markdown, expected) => expect(html(markdown)).toBe(expected));

  test('code in a list keeps its own indent and loses that of the list', () => {
    expect(html('- a:\n\n  ```sh\n  if x; then\n    y # why\n  fi\n  ```\n  after')).toContain('<code>if x; then\n  y <span class="aside"># why</span>\nfi</code>');
  });
  test('a table, with a pipe in a cell', () => {
    expect(html('| a | b |\n|---|:-:|\n| `x\\|y` | |\n| only |')).toContain('<tbody>\n<tr><td><code>x|y</code></td><td></td></tr>\n<tr><td>only</td><td></td></tr>\n</tbody>');
  });
  test('what one sees is told from what one types', () => {
    expect(html('```sh not-run=root\nls\n```\n```text\nls\n```')).toMatch(/class="code typed"[^]*class="code shown"/);
  });
});

test('headings get the names GitHub gives them', () => {
  const names = headingIds(readBlocks(['## 5. End it, and see that it is over', '', '## `remote_support:arm`', '', "## The owner's switch", '', '## Same', '', '## Same'])).map(({ id }) => id);
  expect(names).toEqual(['5-end-it-and-see-that-it-is-over', 'remote_supportarm', 'the-owners-switch', 'same', 'same-1']);
});

/** Guarantee: whatever stands in a page, nothing of it acts. */
describe('hostile text stays text', () => {
  test.each([
    '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<a href="javascript:alert(1)">x</a>', '<a id="x" onclick="y"></a>', '<a id="x"></a\n>', '</code></pre><script>', '`<script>`', '```html\n</code><script>\n```',
    '```"><script>\nx\n```', '[x](javascript:alert(1))', '[x](JaVaScRiPt:alert(1))', '[x](data:text/html,x)', '[x](//evil.example)', '[x](vbscript:x)', '[x]( javascript:alert(1))', '<javascript:alert(1)>', '[x](https://a.example/"onmouseover="x)',
    '![x" onload="y](p.svg)', '![x](javascript:x)', '| <b> | "x |\n|---|---|\n| <script> | \' |', '# <h1 onclick=x>', '[<img src=x>](a.md)', '[a](b.md "title" onclick=x)', '> <iframe src=x>', '&lt;script&gt;&#x3c;', '<!-- a --><script>x</script>',
  ])('%s', (markdown) => {
    const made = html(markdown);
    for (const { name, attributes } of tagsOf(made)) {
      expect(['script', 'img', 'iframe', 'b', 'object', 'style']).not.toContain(name);
      for (const [attribute, value] of attributes) {
        expect(attribute).not.toMatch(/^on|^style$|^src$/);
        if (attribute === 'href') expect(value).toMatch(/^(#|\/docs\/|https:\/\/|http:\/\/|mailto:)/);
      }
    }
  });

  test('a link of the site never leads to another host, whatever the resolver says', () => {
    const made = blocksHtml(readBlocks(['[x](a.md) [y](b.md)']), { ...around, link: (to) => (to === 'a.md' ? '//evil.example' : 'javascript:x') });
    expect(made).toBe('<p><span class="elsewhere">x</span> <span class="elsewhere">y</span></p>');
  });
});

test('whatever is written, what comes out is well-formed and holds no tag of the writer', () => {
  const piece = fc.constantFrom('`', '``', '```\n', '*', '**', '_', '[', ']', '(', ')', '](', '<', '>', '<a id="x"></a>', '<b>', '|', '\n|---|---|\n', '\n', '\n\n', '- ', '  ', '1. ', '# ', '> ', '\\', '&', '"', "'", 'a', 'word ', '!', '![', 'https://x', '<!--', '-->', '---\n', '#', 'é', '\u0000');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const names = tagsOf(html(pieces.join(''))).map(({ name }) => name);
      return !names.includes('b');
    }),
    { numRuns: 2_000 },
  );
});

test('a page of brackets, ticks or stars is read in no time', () => {
  for (const mark of ['[', '`', '*', '**a', '[a](', '> ', '- ', '  - ', '|', '_a', '![', '<']) {
    const began = process.hrtime.bigint();
    html(mark.repeat(3_000));
    html(`${mark}\n`.repeat(1_000));
    expect(Number(process.hrtime.bigint() - began) / 1e6, mark).toBeLessThan(3_000);
  }
});

/** Blocks and words as HTML. Every text goes through `text` or `attribute`, and an address through a list of schemes. */
import { attribute, text } from './escape.ts';
import { shellWords } from './shell-words.ts';
import { readInline, wordsOf, type Inline } from './inline.ts';
import type { Block } from './blocks.ts';

/** Where a page's own words lead. Null: to nothing this site has, so it is shown without being a link. */
export type Resolve = (to: string) => string | null;
export type Around = {
  readonly link: Resolve;
  /** The drawing at this address, as an SVG element of our own; null: there is none. */
  readonly picture: (from: string) => string | null;
};
export type Heading = { readonly level: number; readonly id: string; readonly inlines: readonly Inline[] };

/** Schemes a page may link to. Everything else, `javascript:` above all, is no link. */
const OUTSIDE = /^(?:https:\/\/|http:\/\/|mailto:)/i;
const INSIDE = /^(?:#|\/(?!\/))/;

export function inlineHtml(inlines: readonly Inline[], around: Around): string {
  return inlines
    .map((one) => {
      switch (one.kind) {
        case 'text':
          return text(one.text);
        case 'code':
          return `<code>${text(one.text)}</code>`;
        case 'strong':
        case 'em':
          return `<${one.kind}>${inlineHtml(one.inside, around)}</${one.kind}>`;
        case 'link':
          return linkHtml(one, around);
        case 'picture':
          return around.picture(one.from) ?? text(one.says);
        case 'anchor':
          return `<span id="${attribute(one.id)}"></span>`;
        default:
          return one satisfies never;
      }
    })
    .join('');
}

function linkHtml({ to, inside }: Extract<Inline, { kind: 'link' }>, around: Around): string {
  const words = inlineHtml(inside, { ...around, link: () => null });
  if (OUTSIDE.test(to)) return `<a href="${attribute(to)}" rel="noreferrer">${words}</a>`;
  const address = around.link(to);
  return address !== null && INSIDE.test(address) ? `<a href="${attribute(address)}">${words}</a>` : `<span class="elsewhere">${words}</span>`;
}

/** Headings get the names GitHub gives them, so that a link holds in both places. */
export function headingIds(blocks: readonly Block[]): readonly Heading[] {
  const taken = new Map<string, number>();
  return blocks.flatMap((block) => {
    if (block.kind !== 'heading') return [];
    const inlines = readInline(block.text);
    const slug = slugOf(wordsOf(inlines));
    const times = taken.get(slug) ?? 0;
    taken.set(slug, times + 1);
    return [{ level: block.level, id: times === 0 ? slug : `${slug}-${times}`, inlines }];
  });
}
const slugOf = (words: string): string => words.toLowerCase().replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, '').trim().replaceAll(/\s/g, '-');

/** The blocks of a page as HTML. */
export function blocksHtml(blocks: readonly Block[], around: Around, headings: Iterator<Heading> = headingIds(blocks).values()): string {
  return blocks.map((block) => blockHtml(block, around, headings)).join('\n');
}

function blockHtml(block: Block, around: Around, headings: Iterator<Heading>): string {
  const inline = (raw: string) => inlineHtml(readInline(raw), around);
  switch (block.kind) {
    case 'heading':
      return headingHtml(block, around, headings.next().value as Heading | undefined);
    case 'paragraph': {
      const inlines = readInline(block.text);
      const [only] = inlines;
      const drawing = inlines.length === 1 && only?.kind === 'picture' ? around.picture(only.from) : null;
      return drawing !== null && only?.kind === 'picture' ? `<figure>${drawing}<figcaption>${text(only.says)}</figcaption></figure>` : `<p>${inlineHtml(inlines, around)}</p>`;
    }
    case 'code':
      return codeHtml(block);
    case 'list':
      return listHtml(block, around);
    case 'table':
      return `<div class="table" role="region" aria-label="Table: ${attribute(block.head.map((cell) => wordsOf(readInline(cell))).join(', '))}" tabindex="0"><table>\n<thead><tr>${block.head.map((cell) => `<th scope="col">${inline(cell)}</th>`).join('')}</tr></thead>\n<tbody>\n${block.rows.map((row) => `<tr>${row.map((cell) => `<td>${inline(cell)}</td>`).join('')}</tr>`).join('\n')}\n</tbody></table></div>`;
    case 'quote':
      return `<blockquote>\n${blocksHtml(block.inside, around)}\n</blockquote>`;
    case 'rule':
      return '<hr>';
    default:
      return block satisfies never;
  }
}

function headingHtml(block: Extract<Block, { kind: 'heading' }>, around: Around, heading: Heading | undefined): string {
  if (!heading) return `<h${block.level}>${inlineHtml(readInline(block.text), around)}</h${block.level}>`;
  const { level, id, inlines } = heading;
  if (level === 1) return `<h1 id="${attribute(id)}">${inlineHtml(inlines, around)}</h1>`;
  return `<h${level} id="${attribute(id)}">${inlineHtml(inlines, around)}<a class="anchor" href="#${attribute(id)}" aria-label="Link to: ${attribute(wordsOf(inlines))}">#</a></h${level}>`;
}

/** What somebody types is told from what they see; both can be scrolled with the keyboard. */
function codeHtml({ info, text: raw }: Extract<Block, { kind: 'code' }>): string {
  const [language = ''] = info.split(/\s/);
  const isTyped = language === 'sh';
  const kind = isTyped ? 'typed' : language === 'text' || language === 'console' || language === '' ? 'shown' : 'file';
  const label = isTyped ? 'What to type' : kind === 'shown' ? 'What you see' : language.toUpperCase();
  return `<div class="code ${kind}"><pre tabindex="0" role="region" aria-label="${attribute(label)}"><code>${isTyped ? shellWords(raw) : text(raw)}</code></pre></div>`;
}

function listHtml({ first, items, isTight }: Extract<Block, { kind: 'list' }>, around: Around): string {
  const tag = first === null ? 'ul' : 'ol';
  const inside = items.map((blocks) => `<li>${isTight ? tightHtml(blocks, around) : blocksHtml(blocks, around, [].values())}</li>`);
  return `<${tag}${first !== null && first !== 1 ? ` start="${first}"` : ''}>\n${inside.join('\n')}\n</${tag}>`;
}
const tightHtml = (blocks: readonly Block[], around: Around): string =>
  blocks.map((block) => (block.kind === 'paragraph' ? inlineHtml(readInline(block.text), around) : blockHtml(block, around, [].values()))).join('\n');

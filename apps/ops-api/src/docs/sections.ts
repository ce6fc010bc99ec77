/** The words of the pages, cut at their headings and at rows that have a place of their own: what is searched. */
import type { SearchSection } from './find.mjs';
import type { Page } from './library.ts';
import type { Block } from './markdown/blocks.ts';
import { headingIds } from './markdown/html.ts';
import { readInline, wordsOf } from './markdown/inline.ts';

export function sectionsOf({ address, title, blocks }: Page): readonly SearchSection[] {
  const headings = headingIds(blocks).values();
  const sections: { address: string; page: string; heading: string; texts: string[] }[] = [{ address, page: title, heading: title, texts: [] }];
  for (const block of blocks) {
    if (block.kind === 'heading') {
      const heading = headings.next().value;
      if (heading && heading.level > 1) sections.push({ address: `${address}#${heading.id}`, page: title, heading: wordsOf(heading.inlines), texts: [] });
    } else if (block.kind === 'table' && block.rows.some((row) => placeOf(row) !== null)) {
      for (const row of block.rows) sections.push({ address: `${address}#${placeOf(row) ?? ''}`, page: title, heading: plain(row[0] ?? ''), texts: [row.slice(1).map(plain).join('. ')] });
    } else sections.at(-1)?.texts.push(words(block));
  }
  return sections.map(({ texts, ...section }) => ({ ...section, text: texts.join(' ').replaceAll(/\s+/g, ' ').trim() }));
}

/** A row that has an anchor is a place of its own: somebody has seen that code, and looks for it. */
const placeOf = ([cell = '']: readonly string[]): string | null => readInline(cell).find((one) => one.kind === 'anchor')?.id ?? null;
const plain = (text: string): string => wordsOf(readInline(text));

function words(block: Block): string {
  switch (block.kind) {
    case 'heading':
    case 'paragraph':
      return plain(block.text);
    case 'code':
      return block.text;
    case 'list':
      return block.items.flat().map(words).join(' ');
    case 'quote':
      return block.inside.map(words).join(' ');
    case 'table':
      return [block.head, ...block.rows].map((row) => row.map(plain).join(' ')).join(' ');
    case 'rule':
      return '';
    default:
      return block satisfies never;
  }
}

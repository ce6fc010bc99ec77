/** All pages with their addresses, their order and what they are called. An address is where the file lies, without `.md`. */
import { posix } from 'node:path';
import { CONTENTS, DECISIONS, HOME, type Section } from './contents.ts';
import type { DocFile } from './files.ts';
import { readFrontMatter } from './front-matter.ts';
import { readBlocks, type Block } from './markdown/blocks.ts';
import { readInline, wordsOf } from './markdown/inline.ts';

export type Page = {
  readonly name: string; // the path below docs/, without .md
  readonly address: string;
  readonly source: string; // as it is written
  readonly title: string;
  readonly description: string;
  readonly section: Section;
  readonly blocks: readonly Block[];
};
export type Chapter = { readonly section: Section; readonly pages: readonly Page[] };
export type Library = { readonly chapters: readonly Chapter[]; readonly pages: readonly Page[]; readonly byName: ReadonlyMap<string, Page> };

export const ROOT = '/docs';
export const addressOf = (name: string): string => (name === HOME ? ROOT : `${ROOT}/${name}`);

export function shelve(files: readonly DocFile[]): Library {
  const sources = new Map(files.map(({ path, text }) => [path.replace(/\.md$/, ''), text]));
  const decisions = [...sources].filter(([name]) => name.startsWith(`${DECISIONS}/`));
  if (decisions.length > 0) sources.set(DECISIONS, listOf(decisions));
  const taken = new Set(CONTENTS.flatMap(({ pages }) => pages));
  const chapters = CONTENTS.map((section) => {
    const placed = section.pages.filter((name) => sources.has(name));
    const others = [...sources.keys()].filter((name) => !taken.has(name) && section.folders?.some((folder) => folder === folderOf(name))).toSorted();
    const kept = [...sources.keys()].filter((name) => section.shows?.some((folder) => folder === folderOf(name))).toSorted();
    return { section, pages: [...placed, ...others, ...kept].map((name) => pageOf(name, sources.get(name) ?? '', section)) };
  });
  const pages = chapters.flatMap((chapter) => chapter.pages);
  return { chapters, pages, byName: new Map(pages.map((page) => [page.name, page])) };
}
const folderOf = (name: string): string => name.slice(0, name.lastIndexOf('/') + 1);

function pageOf(name: string, source: string, section: Section): Page {
  const { front, body } = readFrontMatter(source);
  const blocks = readBlocks(body.split('\n'));
  const heading = blocks.find((block) => block.kind === 'heading')?.text ?? name;
  const opening = blocks.find((block) => block.kind === 'paragraph' && !block.text.startsWith('Date:'));
  const first = opening?.kind === 'paragraph' ? wordsOf(readInline(opening.text)).replaceAll('\n', ' ') : '';
  return { name, address: addressOf(name), source, title: front.title ?? wordsOf(readInline(heading)), description: front.description ?? sentenceOf(first), section, blocks };
}
const sentenceOf = (text: string): string => /^.{20,}?[.!?](?=\s|$)/.exec(text)?.[0] ?? text;

/** Decisions have no front matter: their heading is their title, and this page is where they are found. */
function listOf(decisions: readonly (readonly [string, string])[]): string {
  const rows = decisions.toSorted(([a], [b]) => a.localeCompare(b)).map(([name, text]) => `- [${/^# (.*)$/m.exec(text)?.[1] ?? name}](${name}.md)`);
  return `---\ntitle: Decisions\ndescription: Every decision that shaped Argus, with what it was weighed against.\n---\n\n# Decisions\n\nOne page each: what was to be decided, what was decided, and what follows from it. A later one names the earlier one it changes.\n\n${rows.join('\n')}\n`;
}

/** Where a link of a page leads: another page, a place on one, a drawing; null: to nothing that is served here. */
export function resolve({ byName }: Pick<Library, 'byName'>, from: string, to: string): string | null {
  if (to.startsWith('#')) return to;
  const [path = '', anchor] = to.split('#');
  if (path.startsWith('/')) return path === ROOT || path.startsWith(`${ROOT}/`) || DISCOVERY.some((known) => known === path) ? to : null;
  const at = posix.join(posix.dirname(from), path).replace(/\/$/, '');
  const page = byName.get(at.replace(/\.md$/, ''));
  return page ? `${page.address}${anchor === undefined ? '' : `#${anchor}`}` : null;
}

/** For programs that look around. */
export const DISCOVERY = ['/llms.txt', '/sitemap.md', '/agents.md', '/robots.txt', '/openapi.json'] as const;

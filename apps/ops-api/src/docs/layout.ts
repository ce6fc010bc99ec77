/** A page around its text: way in, navigation, search, what comes before and after. It names no script or style but ours. */
import type { Chapter, Library, Page } from './library.ts';
import { attribute, text } from './markdown/escape.ts';
import { blocksHtml, headingIds, inlineHtml, type Around } from './markdown/html.ts';
import type { SearchHit } from './find.mjs';

/** Addresses of style and scripts, which carry the digest of what stands there. */
export type Assets = { readonly style: string; readonly theme: string; readonly script: string; readonly icon: string; readonly find: string; readonly index: string };
export type Site = { readonly library: Library; readonly assets: Assets };

type Frame = { readonly title: string; readonly description: string; readonly address: string | null; readonly name: string; readonly main: string; readonly aside?: string; readonly query?: string };

function frame({ library, assets }: Site, { title, description, address, name, main, aside = '', query = '' }: Frame): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title === 'Argus' ? 'Argus: remote support that can be checked' : `${title} · Argus`)}</title>
<meta name="description" content="${attribute(description)}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${assets.icon}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.style}">
${address === null ? '<meta name="robots" content="noindex">' : `<link rel="alternate" type="text/markdown" href="${attribute(textAddress(address))}">`}
<script src="${assets.theme}"></script>
<script src="${assets.script}" type="module" data-find="${assets.find}" data-index="${assets.index}"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header class="top">
<button type="button" class="menu" popovertarget="pages">Pages</button>
<a class="brand" href="/docs"><svg viewBox="0 0 32 32" aria-hidden="true"><path d="M16 5C9.5 5 4.5 9.6 2 16c2.500 6.400 7.500 11 14 11s11.500-4.600 14-11C27.500 9.600 22.500 5 16 5Z"></path><circle cx="16" cy="16" r="5.500"></circle></svg><span>Argus</span> <span class="quiet">docs</span></a>
<form class="search" role="search" action="/docs/search">
<label class="hidden" for="q">Search the pages</label>
<input id="q" name="q" type="search" maxlength="100" placeholder="Search" autocomplete="off" spellcheck="false" value="${attribute(query)}">
<kbd aria-hidden="true" hidden>/</kbd>
<button class="hidden">Search</button>
</form>
<button type="button" class="theme" hidden>Theme</button>
</header>
<div class="columns">
<nav id="pages" popover aria-label="Pages">
${library.chapters.map((chapter) => chapterHtml(chapter, name)).join('\n')}
</nav>
<main id="main" tabindex="-1">
${main}
</main>
${aside}
</div>
</body>
</html>
`;
}

const textAddress = (address: string): string => (address === '/docs' ? '/docs/index.md' : `${address}.md`);

function chapterHtml({ section, pages }: Chapter, here: string): string {
  const listed = pages.filter(({ name }) => !section.shows?.some((folder) => name.startsWith(folder)) || name === here);
  const rows = listed.map(({ name, address, title }) => `<li><a href="${attribute(address)}"${name === here ? ' aria-current="page"' : ''}>${text(name === 'index' ? 'Welcome' : title)}</a></li>`);
  return `<section><h2>${text(section.name)}</h2><ul>\n${rows.join('\n')}\n</ul></section>`;
}

export function pageHtml(site: Site, page: Page, around: Around): string {
  const { library } = site;
  const at = library.pages.indexOf(page);
  const [before, after] = [library.pages[at - 1], library.pages[at + 1]];
  const step = (to: Page | undefined, rel: string, says: string) => (to ? `<a rel="${rel}" href="${attribute(to.address)}"><span>${says}</span> ${text(to.title)}</a>` : '<span></span>');
  const places = headingIds(page.blocks).filter(({ level }) => level === 2 || level === 3);
  const title = page.blocks.findIndex((block) => block.kind === 'heading' && block.level === 1);
  const lead = page.source.startsWith('---\n') ? `<p class="lead">${text(page.description)}</p>` : '';
  const headings = headingIds(page.blocks).values();
  const html = [page.blocks.slice(0, title + 1), page.blocks.slice(title + 1)].map((blocks) => blocksHtml(blocks, around, headings)) as [string, string]; // two in, two out
  const main = `<p class="section">${text(page.section.name)}</p>
<article${isWide(page) ? ' class="wide"' : ''}>
${html[0]}
${lead}
${html[1]}
</article>
<nav class="steps" aria-label="Before and after">${step(before, 'prev', 'Before')}${step(after, 'next', 'Next')}</nav>
<footer>
<p><a href="${attribute(textAddress(page.address))}">This page as text</a></p>
<p>All pages: <a href="/sitemap.md">sitemap.md</a>. For programs: <a href="/llms.txt">llms.txt</a>, <a href="/agents.md">agents.md</a>, <a href="/openapi.json">openapi.json</a>.</p>
</footer>`;
  const aside =
    places.length < 2 || isWide(page)
      ? ''
      : `<aside><nav aria-label="On this page"><h2>On this page</h2><ul>\n${places.map(({ level, id, inlines }) => `<li class="l${level}"><a href="#${attribute(id)}">${inlineHtml(inlines, { ...around, link: () => null })}</a></li>`).join('\n')}\n</ul></nav></aside>`;
  return frame(site, { title: page.name === 'index' ? 'Argus' : page.title, description: page.description, address: page.address, name: page.name, main, aside });
}

/** Tables of many columns get the room of the list of headings. */
const COLUMNS_MANY = 5;
const isWide = ({ blocks }: Page): boolean => blocks.some((block) => block.kind === 'table' && block.head.length >= COLUMNS_MANY);

export function searchHtml(site: Site, query: string, hits: readonly SearchHit[]): string {
  const found = hits.map(
    ({ address, page, heading, excerpt }) => `<li><a href="${attribute(address)}">${text(heading)}</a>${heading === page ? '' : ` <span class="quiet">${text(page)}</span>`}<p>${text(excerpt)}</p></li>`,
  );
  const says = query.trim() === '' ? 'Type what you look for into the field at the top, then press Enter.' : hits.length === 0 ? `No page has all of these words: ${query}. Try fewer of them, or the code of an error as you saw it.` : `Places with: ${query}`;
  const main = `<article><h1>Search</h1>\n<p role="status">${text(says)}</p>\n${found.length === 0 ? '' : `<ol class="hits">\n${found.join('\n')}\n</ol>`}</article>`;
  return frame(site, { title: 'Search', description: 'Search the pages of Argus.', address: null, name: '', main, query });
}

export const missingHtml = (site: Site): string =>
  frame(site, {
    title: 'No such page',
    description: 'There is no page at this address.',
    address: null,
    name: '',
    main: '<article><h1>No such page</h1>\n<p>There is nothing at this address. Search for it above, take a page from the list, or begin at the <a href="/docs">first page</a>.</p></article>',
  });

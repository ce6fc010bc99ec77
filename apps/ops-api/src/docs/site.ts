/**
 * Everything that can be asked for, by address, made from files that were read before anybody asked: an address is looked up
 * in a map and never becomes the name of a file. What is not in the map is not there.
 */
import type { DocsPlace } from '@argus/protocol/http/docs.ts';
import type { Sheet } from '../http/sheets.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { agentsMd, llmsTxt, ROBOTS_TXT, sitemapMd } from './discovery.ts';
import type { DocFiles } from './files.ts';
import { find, type SearchSection } from './find.mjs';
import { missingHtml, pageHtml, searchHtml, type Site } from './layout.ts';
import { resolve, ROOT, shelve } from './library.ts';
import { pictureHtml } from './picture.ts';
import { sectionsOf } from './sections.ts';

/** An answer: `forever` where its address names its content. */
export type DocSite = {
  /** Null: there is nothing at this address. */
  at(address: string): Sheet | null;
  search(query: string): Sheet;
  readonly missing: Sheet;
  /** All of them, for whoever checks the site. */
  readonly addresses: readonly string[];
};

const HTML = 'text/html; charset=utf-8';
const MARKDOWN = 'text/markdown; charset=utf-8';
const PLAIN = 'text/plain; charset=utf-8';
const TYPES: Readonly<Record<string, string>> = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', mjs: 'text/javascript; charset=utf-8', svg: 'image/svg+xml' };

export function docSite(files: DocFiles): DocSite {
  const library = shelve(files.pages);
  const sheets = new Map<string, () => Sheet>();
  const put = (address: string, make: () => Sheet) => void sheets.set(address, once(make));
  const named = (path: string, sheet: Sheet): string => {
    const dot = path.lastIndexOf('.');
    const address = `${ROOT}/assets/${path.slice(0, dot)}-${sha256Hex(sheet.text).slice(0, 10)}${path.slice(dot)}`;
    put(address, () => ({ ...sheet, forever: true }));
    return address;
  };
  const asset = (path: string): string => named(path, { type: TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? PLAIN, text: files.assets.find((file) => file.path === path)?.text ?? '' });
  const index: readonly SearchSection[] = library.pages.flatMap(sectionsOf);
  const site: Site = {
    library,
    assets: {
      style: asset('site.css'),
      theme: asset('theme.js'),
      script: asset('site.mjs'),
      icon: asset('icon.svg'),
      find: asset('find.mjs'),
      index: named('search.json', { type: 'application/json; charset=utf-8', text: JSON.stringify(index) }),
    },
  };
  const pictures = new Map(files.pictures.map(({ path, text }) => [path, text]));
  for (const page of library.pages) {
    const around = {
      link: (to: string) => resolve(library, page.name, to),
      picture: (from: string) => pictureHtml(pictures, page.name, from),
    };
    put(page.address, () => ({ type: HTML, text: pageHtml(site, page, around) }));
    put(`${ROOT}/${page.name}.md`, () => ({ type: MARKDOWN, text: page.source }));
  }
  for (const [path, text] of pictures) put(`${ROOT}/${path}`, () => ({ type: 'image/svg+xml', text }));
  put('/llms.txt', () => ({ type: PLAIN, text: llmsTxt(library) }));
  put('/sitemap.md', () => ({ type: MARKDOWN, text: sitemapMd(library) }));
  put('/agents.md', () => ({ type: MARKDOWN, text: agentsMd(library) }));
  put('/robots.txt', () => ({ type: PLAIN, text: ROBOTS_TXT }));
  put(`${ROOT}/search.json`, () => ({ type: 'application/json; charset=utf-8', text: JSON.stringify(index) }));
  put(`${ROOT}/places.json`, () => ({ type: 'application/json; charset=utf-8', text: JSON.stringify(index.map(({ address, page, heading }): DocsPlace => ({ address, page, heading }))) }));
  const missing: Sheet = { type: HTML, text: missingHtml(site) };
  return {
    at: (address) => sheets.get(address)?.() ?? null,
    search: (query) => ({ type: HTML, text: searchHtml(site, query.slice(0, QUERY_MAX), find(index, query)) }),
    missing,
    addresses: [...sheets.keys()],
  };
}

const QUERY_MAX = 100;

/** Pages are made when somebody asks for them first. */
function once(make: () => Sheet): () => Sheet {
  let made: Sheet | null = null;
  return () => (made ??= make());
}

/** Walks every page as the server serves it, and every link of every text in the repository. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { readDocFiles } from '@argus/ops-api/adapters/doc-files/read.ts';
import { CONTENTS } from '@argus/ops-api/docs/contents.ts';
import { find, type SearchSection } from '@argus/ops-api/docs/find.mjs';
import { readFrontMatter } from '@argus/ops-api/docs/front-matter.ts';
import { addressOf, shelve } from '@argus/ops-api/docs/library.ts';
import { readBlocks, type Block } from '@argus/ops-api/docs/markdown/blocks.ts';
import { headingIds } from '@argus/ops-api/docs/markdown/html.ts';
import { readInline, type Inline } from '@argus/ops-api/docs/markdown/inline.ts';
import { isHarmless } from '@argus/ops-api/docs/picture.ts';
import { docSite } from '@argus/ops-api/docs/site.ts';
import { GATE_CODES } from '@argus/ops-api/http/codes.ts';
import { DocsPlaces } from '@argus/protocol/http/docs.ts';
import { describe, expect, test } from 'vitest';
import { tagsOf } from '../apps/ops-api/test/well-formed.ts';
import { ROOT } from './stages.ts';

const files = readDocFiles();
const site = docSite(files);
const { pages } = shelve(files.pages);
const html = new Map(pages.map(({ address }) => [address, tagsOf(site.at(address)?.text ?? '')]));
const idsOn = (address: string): readonly string[] => (html.get(address) ?? []).flatMap(({ attributes }) => attributes.filter(([name]) => name === 'id').map(([, value]) => value));

describe.each(pages.map((page) => [page.address, page] as const))('%s', (address, page) => {
  const tags = html.get(address) ?? [];
  test('is well-formed, has one heading of the first order, and no place twice', () => {
    expect(tags.filter(({ name }) => name === 'h1')).toHaveLength(1);
    const ids = idsOn(address);
    expect(ids.filter((id, n) => ids.indexOf(id) < n)).toEqual([]);
  });

  test('its links lead to pages and places that are there', () => {
    const broken = tags
      .flatMap(({ attributes }) => attributes.filter(([name]) => name === 'href').map(([, value]) => value.replaceAll('&amp;', '&')))
      .filter((to) => !/^https?:|^mailto:/.test(to))
      .filter((to) => {
        const [path = '', place] = to.split('#');
        const at = path === '' ? address : path;
        if (place !== undefined) return !idsOn(at).includes(decodeURIComponent(place));
        return at !== '/openapi.json' && !site.at(at);
      });
    expect(broken).toEqual([]);
  });

  test('everything it loads is there, and comes from here', () => {
    const loads = tags.flatMap(({ attributes }) => attributes.filter(([name]) => ['src', 'data-find', 'data-index'].includes(name)).map(([, value]) => value));
    expect(loads.length).toBeGreaterThan(0);
    expect(loads.filter((to) => !site.at(to))).toEqual([]);
  });

  test('its headings go down one step at a time', () => {
    const levels = headingIds(page.blocks).map(({ level }) => level);
    expect(levels.filter((level, n) => level > (levels[n - 1] ?? 0) + 1)).toEqual([]);
  });

  test('can be reached from the first page, and is in the texts for programs', () => {
    const [nav, list] = [site.at('/docs')?.text ?? '', site.at('/docs/adr')?.text ?? ''];
    expect(page.name.startsWith('adr/') ? list : nav).toContain(`href="${address}"`);
    for (const text of ['/llms.txt', '/sitemap.md']) expect(site.at(text)?.text).toContain(`(${text === '/llms.txt' ? (address === '/docs' ? '/docs/index.md' : `${address}.md`) : address})`);
  });

  test('says in one sentence what it is for', () => {
    expect(page.title.length, 'title').toBeGreaterThan(2);
    expect(page.description.length, 'description').toBeGreaterThan(15);
  });
});

const written = files.pages.filter(({ path }) => !path.startsWith('adr/'));
test.each(written.map(({ path, text }) => [path, text] as const))('docs/%s has front matter that any reader of YAML reads as we do', (_path, text) => {
  const { front, body } = readFrontMatter(text);
  for (const value of [front.title, front.description]) expect(value).toMatch(/^(?![>|@`"'{[&*!%#?-])(?!.*(: | #)).*\S$/);
  expect(readBlocks(body.split('\n'))[0]).toMatchObject({ kind: 'heading', level: 1 });
});

/** Every text of the repository that people read. */
const texts = ['.', 'docs', 'verify', 'packages', 'apps', 'bench']
  .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: folder !== '.', encoding: 'utf8' }).map((name) => posix.join(folder, name)))
  .filter((name) => name.endsWith('.md') && !name.includes('node_modules/'));
test.each(texts)('%s: its links lead to files and headings that are there', (name) => {
  const broken = linksOf(blocksIn(name)).filter((to) => !/^https?:|^mailto:/.test(to) && !leads(name, to));
  expect(broken).toEqual([]);
});
const blocksIn = (name: string): readonly Block[] => readBlocks(readFrontMatter(readFileSync(join(ROOT, name), 'utf8')).body.split('\n'));

function leads(from: string, to: string): boolean {
  const [path = '', place] = to.split('#');
  if (path.startsWith('/')) return site.at(path) !== null || path === '/openapi.json';
  const at = path === '' ? from : posix.join(dirname(from), path);
  if (!existsSync(join(ROOT, at)) && !(at.startsWith('docs/') && shelve(files.pages).byName.has(at.slice(5).replace(/\.md$/, '')))) return false;
  return place === undefined || (statSync(join(ROOT, at)).isFile() && placesIn(at).includes(place));
}
const placesIn = (name: string): readonly string[] => {
  const blocks = blocksIn(name);
  return [...headingIds(blocks).map(({ id }) => id), ...inlinesOf(blocks).flatMap((one) => (one.kind === 'anchor' ? [one.id] : []))];
};
const linksOf = (blocks: readonly Block[]): readonly string[] => inlinesOf(blocks).flatMap((one) => (one.kind === 'link' ? [one.to] : one.kind === 'picture' ? [one.from] : []));

function inlinesOf(blocks: readonly Block[]): readonly Inline[] {
  const within = (inlines: readonly Inline[]): readonly Inline[] => inlines.flatMap((one) => ('inside' in one ? [one, ...within(one.inside)] : [one]));
  return blocks.flatMap((block) => {
    switch (block.kind) {
      case 'heading':
      case 'paragraph':
        return within(readInline(block.text));
      case 'list':
        return inlinesOf(block.items.flat());
      case 'quote':
        return inlinesOf(block.inside);
      case 'table':
        return [block.head, ...block.rows].flat().flatMap((cell) => within(readInline(cell)));
      case 'code':
      case 'rule':
        return [];
      default:
        return block satisfies never;
    }
  });
}

test('every page the contents name is there, and in one place only', () => {
  const named = CONTENTS.flatMap((section) => section.pages);
  expect(named.filter((name) => !pages.some((page) => page.name === name))).toEqual([]);
  expect(new Set(named).size).toBe(named.length);
  expect(new Set(pages.map(({ name }) => name)).size).toBe(pages.length);
});

test('every file below docs/ is served', () => {
  for (const { path } of files.pages) expect(site.at(addressOf(path.replace(/\.md$/, ''))), path).not.toBeNull();
});

test.each(files.pictures.map(({ path, text }) => [path, text] as const))('%s is shapes and words, with a title and a description', (_path, text) => {
  expect(isHarmless(text)).toBe(true);
  expect(text).toMatch(/<title id="[\w-]+">[^<]+<\/title>\s*<desc id="[\w-]+">[^<]+<\/desc>/);
  expect(() => tagsOf(text.replaceAll(' />', '/>'))).not.toThrow();
});

/** A drawing of the ladder that is not the ladder would be worse than none. Three gates ask only where a consent, an assertion or a sign-in wants it. */
test('the drawing of the gates has them all, in their order, with the codes they say', () => {
  const drawn = files.pictures.find(({ path }) => path === 'pictures/gates.svg')?.text ?? '';
  const ladder = Object.entries(GATE_CODES.activation).filter(([gate]) => gate !== 'identity' && gate !== 'operator_proof' && gate !== 'step_up');
  expect([...drawn.matchAll(/font-weight="600">([a-z_]+)<\/text>/g)].map(([, gate]) => gate)).toEqual(ladder.map(([gate]) => gate));
  const codes = [...drawn.matchAll(/font-family="monospace">([a-z_]+)<\/text>/g)].map(([, code]) => code);
  expect(codes.map((code, n) => ladder[n]?.[1].some((one) => one === code))).toEqual(ladder.map(() => true));
});

/** Both themes of the style, as WCAG 2 computes it. */
describe('the colours can be read', () => {
  const style = files.assets.find(({ path }) => path === 'site.css')?.text ?? '';
  const palette = new Map([...style.matchAll(/--(\w+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name = '', light = '', dark = '']) => [name, [light, dark] as const]));
  const colour = (name: string, theme: 0 | 1): string => palette.get(name)?.[theme] ?? expect.fail(`no colour ${name}`);
  const luminance = (hex: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string): number => {
    const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  test('the arithmetic is that of the standard', () => expect([contrast('#000000', '#ffffff'), contrast('#777777', '#ffffff')].map((n) => n.toFixed(2))).toEqual(['21.00', '4.48']));

  const words = ['ink', 'quiet', 'accent', 'good', 'stop'].flatMap((ink) => ['paper', 'shade', 'wash'].map((paper) => [ink, paper, 4.5] as const));
  const edges = [['edge', 'paper', 3], ['edge', 'shade', 3], ['accent', 'wash', 3]] as const;
  test.each([...words, ...edges])('%s on %s, light and dark, at least %d to 1', (ink, paper, least) => {
    for (const theme of [0, 1] as const) expect(contrast(colour(ink, theme), colour(paper, theme)), theme === 0 ? 'light' : 'dark').toBeGreaterThanOrEqual(least);
  });

  test('every colour of the style is one of these', () => {
    const outside = style.replaceAll(/light-dark\([^)]*\)/g, '').match(/#[0-9a-f]{3,8}\b/gi) ?? [];
    expect(outside).toEqual([]);
  });
});

test('the scripts of the pages make elements, never markup out of a text, and ask nobody but this server', () => {
  const scripts = files.assets.filter(({ path }) => path.endsWith('js'));
  expect(scripts.map(({ path }) => path).toSorted()).toEqual(['find.mjs', 'site.mjs', 'theme.js']);
  for (const { text } of scripts) expect(text.match(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|https?:\/\/|\.style\b|setAttribute\('(on|style)/)).toBeNull();
});

describe('the search', () => {
  const index = JSON.parse(site.at('/docs/search.json')?.text ?? '') as readonly SearchSection[];
  test.each([['tenant_consent_required', '/docs/reference/errors'], ['camera', '/docs/remote-support/camera-live-view'], ['revoke', '/docs/remote-support/revoke'], ['cosignature', '/docs/adr/0041'], ['ARGUS_MASTER_KEY', '/docs/guides/run-a-server']])('%s leads to %s first, or nearly', (query, address) => {
    expect(find(index, query, 5).map((hit) => hit.address).some((hit) => hit.startsWith(address))).toBe(true);
  });
  test('takes any text, and says nothing to none', () => {
    for (const query of ['', '   ', '((', '*', '\\', '<script>', '\u0000', 'x'.repeat(100_000)]) expect(find(index, query, 5).length).toBeLessThanOrEqual(5);
    expect(find(index, '((')).toEqual([]);
  });
  test('has every heading for whoever searches elsewhere: each leads to a page, and all of them are little', () => {
    const text = site.at('/docs/places.json')?.text ?? '';
    const places = DocsPlaces.parse(JSON.parse(text));
    expect(places.length).toBe(index.length);
    for (const { address } of places) expect(site.at(address.split('#', 1)[0] ?? '')).not.toBeNull();
    expect(text.length).toBeLessThan(200_000);
  });
  test('is small enough to be fetched while somebody types', () => {
    expect(JSON.stringify(index).length).toBeLessThan(1_000_000);
  });
});

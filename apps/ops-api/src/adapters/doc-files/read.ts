/** The files of the site, from the checkout the server runs in: pages and drawings from docs/, style and scripts from beside the code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { DocFile, DocFiles } from '../../docs/files.ts';

const DOCS = join(import.meta.dirname, '../../../../../docs');
const SITE = join(import.meta.dirname, '../../docs');

export function readDocFiles(): DocFiles {
  // A server that was installed without its pages has none, and does everything else.
  const docs = existsSync(DOCS) ? filesOf(DOCS, readdirSync(DOCS, { recursive: true, encoding: 'utf8' })) : [];
  const assets = filesOf(join(SITE, 'assets'), readdirSync(join(SITE, 'assets')));
  return {
    pages: docs.filter(({ path }) => path.endsWith('.md')),
    pictures: docs.filter(({ path }) => path.endsWith('.svg')),
    assets: [...assets, ...filesOf(SITE, ['find.mjs'])],
  };
}

const filesOf = (folder: string, names: readonly string[]): readonly DocFile[] =>
  names
    .filter((name) => /\.(md|svg|css|m?js)$/.test(name))
    .map((name) => ({ path: name.split(sep).join('/'), text: readFileSync(join(folder, name), 'utf8') }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));

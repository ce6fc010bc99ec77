import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLI_PAGES } from './reference/cli-pages.ts';
import { PAGES } from './reference/pages.ts';
import { render } from './reference/table.ts';

const docs = join(import.meta.dirname, '..', 'docs');
const ALL = [['reference', PAGES], ['cli', CLI_PAGES]] as const;

test.each(ALL.flatMap(([name, pages]) => pages.map((page) => [`${name}/${page.file}`, page] as const)))('docs/%s is what the code says (npm run print)', async (file, page) => {
  await expect(render(page)).toMatchFileSnapshot(join(docs, file));
});

test.each(ALL)('docs/%s holds printed pages and nothing else', (name, pages) => {
  expect(readdirSync(join(docs, name)).toSorted()).toEqual(pages.map((p) => p.file).toSorted());
});

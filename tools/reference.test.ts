import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PAGES } from './reference/pages.ts';
import { render } from './reference/table.ts';

const folder = join(import.meta.dirname, '..', 'docs', 'reference');

test.each(PAGES.map((page) => [page.file, page] as const))('docs/reference/%s is what the code says (npm run print)', async (file, page) => {
  await expect(render(page)).toMatchFileSnapshot(join(folder, file));
});

test('docs/reference holds printed pages and nothing else', () => {
  expect(readdirSync(folder).toSorted()).toEqual(PAGES.map((p) => p.file).toSorted());
});

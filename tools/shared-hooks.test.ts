import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sourceFiles } from './source-files.ts';

/** Unit tests load a module once per worker: its hooks would run for the first file that asks for it, and for no other. */
test('no hook stands at the top of a module that test files share', () => {
  const shared = sourceFiles(['packages', 'apps', 'tools', 'bench']).filter((file) => !/\.test\.tsx?$/.test(file) && file !== 'packages/testkit/src/after-each-file.ts');
  const hooked = shared.filter((file) => /^(before|after)(All|Each)\(/m.test(readFileSync(join(import.meta.dirname, '..', file), 'utf8')));
  expect(hooked, 'say atTheEndOfTheFile(…) of @argus/testkit/end-of-file.ts instead, where the thing is made').toEqual([]);
});

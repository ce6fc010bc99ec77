import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newCommand } from '../tools/new-command.ts';
import { ROOT } from '../tools/stages.ts';

const copy = mkdtempSync(join(tmpdir(), 'argus-new-command-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));
beforeAll(() => {
  for (const folder of ['packages', 'apps/agent'])
    cpSync(join(ROOT, folder), join(copy, folder), { recursive: true, filter: (from) => !from.includes('node_modules') && !/\.(test|contract)\.ts$/.test(from) });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
const read = (file: string): string => readFileSync(join(copy, file), 'utf8');

test.each(['', 'Restart', 'view-camera', '../x', 'a b', '_x', 'x_', 'x__y', 'a'.repeat(33), 'index', 'define', 'ping', 'tail_log'])('%j is no name for a new command, and nothing is written', (name) => {
  const before = read('packages/protocol/src/commands/index.ts');
  expect(newCommand(copy, name)).toEqual(expect.stringMatching(/\.$/));
  expect(read('packages/protocol/src/commands/index.ts')).toBe(before);
});

test('a new command compiles, is in both tables, and answers', () => {
  const written = newCommand(copy, 'list_displays');
  expect(written).toEqual(['packages/protocol/src/commands/list-displays.ts', 'apps/agent/src/commands/list-displays.ts', 'packages/protocol/src/commands/index.ts', 'apps/agent/src/commands/index.ts']);
  expect(newCommand(copy, 'beep')).toHaveLength(4); // one word, after one that went before it
  // Only what it wrote and what that needs: the tables, the contracts, the handlers. By paths of the copy.
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as { compilerOptions: object };
  const paths = Object.fromEntries(['kit', 'protocol', 'keys', 'ledger'].map((name) => [`@argus/${name}/*`, [`./packages/${name}/src/*`]]));
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...compilerOptions, paths }, include: ['apps/agent/src/commands/*.ts', 'packages/protocol/src/commands/*.ts'] }));
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', copy], { encoding: 'utf8', stdio: 'pipe' });
  for (const table of ['packages/protocol/src/commands/index.ts', 'apps/agent/src/commands/index.ts']) expect(read(table)).toMatch(/listDisplays, beep,?(\s*\}|\])/);
}, 60_000);

test('a table that was laid out anew is left alone', () => {
  const table = 'apps/agent/src/commands/index.ts';
  const before = read(table);
  writeFileSync(join(copy, table), before.replace('export const HANDLERS', 'const TABLE'));
  expect(newCommand(copy, 'knock')).toMatch(/^The table in apps\/agent\/src\/commands\/index\.ts does not look as expected/);
  expect(read('packages/protocol/src/commands/index.ts')).not.toContain('knock');
  writeFileSync(join(copy, table), before);
});

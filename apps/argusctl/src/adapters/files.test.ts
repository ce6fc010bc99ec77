import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readFile } from './files.ts';

const folder = mkdtempSync(join(tmpdir(), 'argusctl-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fileOf = (name: string, content: string, mode: number): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
};

test.each([
  [0o600, true],
  [0o400, true],
  [0o640, false],
  [0o604, false],
  [0o660, false],
])('mode %o is private: %s', async (mode, isPrivate) => {
  expect(await readFile(fileOf(`mode-${mode}`, 'pät', mode))).toEqual({ kind: 'text', text: 'pät', isPrivate });
});

test('what is not there is missing; what cannot be read says why', async () => {
  expect(await readFile(join(folder, 'nothing'))).toEqual({ kind: 'missing' });
  expect(await readFile(folder)).toEqual({ kind: 'unreadable', why: 'EISDIR' });
  expect(await readFile(fileOf('huge', 'x'.repeat(70_000), 0o600))).toMatchObject({ kind: 'unreadable' });
  expect(await readFile(fileOf('full', 'x'.repeat(65_536), 0o600))).toMatchObject({ kind: 'text' });
});

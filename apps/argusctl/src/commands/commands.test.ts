import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { flagsOf, readArgv } from '../argv.ts';
import { COMMANDS } from './index.ts';

const named = COMMANDS.map((command) => [command.name, command] as const);

test('the file of a command is named as it is typed, and every file has its row', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name !== 'index.ts' && !name.endsWith('.test.ts'));
  expect(files.toSorted()).toEqual(COMMANDS.map(({ name }) => `${name.replaceAll(' ', '.')}.ts`).toSorted());
});

test('no name is the beginning of another, so what was typed is one command', () => {
  for (const { name } of COMMANDS) expect(COMMANDS.filter((other) => `${other.name} `.startsWith(`${name} `)).map((other) => other.name)).toEqual([name]);
});

test('every command can be typed again in a hint', async () => {
  const { FIRST_WORDS } = await import('../render/own-words.ts');
  for (const { name } of COMMANDS) expect(FIRST_WORDS).toContain(name.split(' ')[0]);
});

/** Flags may stand before the command: what they mean cannot depend on it. */
test('a flag takes a value everywhere or nowhere', () => {
  const kinds = new Map<string, Set<string>>();
  for (const command of COMMANDS) for (const [name, kind] of flagsOf(command)) kinds.set(name, (kinds.get(name) ?? new Set()).add(kind));
  expect([...kinds].filter(([, kind]) => kind.size > 1)).toEqual([]);
});

describe.each(named)('%s', (name, command) => {
  test('its example is a command line of it', () => {
    const words = [...command.example.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
    const argv = words.slice(words.indexOf('argusctl') + 1);
    expect(readArgv(argv, COMMANDS)).toMatchObject({ do: 'run', command: { name } });
  });

  test('its summary is one sentence without a full stop', () => expect(command.summary).toMatch(/^[A-Z].{8,70}[^.]$/));

  test('only writes can be run dry', () => expect(flagsOf(command).has('dry-run')).toBe(command.writes));
});

test('help loads no schema: its pages are there at once', async () => {
  // The light path may import types from anywhere; what it loads is what stays after types are gone.
  const { readSource } = await import('../../../../tools/source-text.ts');
  const { readFileSync } = await import('node:fs');
  const { dirname, join, relative } = await import('node:path');
  const src = dirname(import.meta.dirname);
  const heavy: string[] = [];
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, 'utf8').replaceAll(/import type [^;]+;/g, '').replaceAll(/\bimport\(/g, 'later(');
    for (const { specifier } of readSource(text).imports) {
      if (specifier?.startsWith('.')) visit(join(dirname(file), specifier));
      else if (specifier === '@argus/protocol/questions.ts') visit(join(src, '../../../packages/protocol/src/questions.ts')); // words only, and held to it here
      else if (specifier !== null && !/^(node:util|@argus\/kit\/.*)$/.test(specifier)) heavy.push(`${relative(src, file)} loads ${specifier}`);
    }
  };
  visit(join(src, 'cli.ts'));
  expect(heavy).toEqual([]);
});

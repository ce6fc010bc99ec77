/** Dependencies are few, exact, declared where they are used, and each was argued for once. */
import { readFileSync, readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { isTest } from './boundaries.ts';
import { sourceFiles, workspaces } from './source-files.ts';
import { readSource } from './source-text.ts';

const root = dirname(import.meta.dirname);
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

type Manifest = {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};
const manifests = new Map(
  ['.', 'tools/mutate', ...workspaces()].map((folder) => [folder, JSON.parse(read(`${folder}/package.json`)) as Manifest]),
);
const all = ({ dependencies, devDependencies, optionalDependencies }: Manifest): Readonly<Record<string, string>> => ({
  ...dependencies,
  ...devDependencies,
  ...optionalDependencies,
});
const anywhere = Object.assign({}, ...[...manifests.values()].map(all)) as Readonly<Record<string, string>>;

test.each([...manifests])('%s names exact versions only', (_folder, manifest) => {
  const loose = Object.entries(all(manifest)).filter(([, version]) => !/^(npm:(@[\w-]+\/)?[\w-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  expect(loose, 'a range installs something else tomorrow').toEqual([]);
});

/** `@scope/name` of `@scope/name/path`; null for our own files and for Node.js itself. */
function packageOf(specifier: string): string | null {
  if (specifier.startsWith('.') || specifier.startsWith('node:') || builtinModules.includes(specifier)) return null;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

test.each([...manifests].filter(([folder]) => folder !== '.'))('%s declares what it imports', (folder, manifest) => {
  const missing = sourceFiles([folder]).flatMap((path) => {
    // A test may import anything somebody here declares.
    const declared = isTest(path) ? { ...anywhere, '@argus/testkit': '' } : all(manifest);
    return readSource(read(path)).imports.flatMap(({ specifier, line }) => {
      const name = specifier === null ? null : packageOf(specifier);
      const isItself = name === `@argus/${folder.split('/')[1]}`;
      return name === null || isItself || name in declared
        ? []
        : [`${path}:${line} imports ${name}: add it to ${folder}/package.json`];
    });
  });
  expect(missing.join('\n')).toBe('');
});

const adrs = readdirSync(join(root, 'docs/adr'))
  .map((name) => read(`docs/adr/${name}`))
  .join('\n');
const thirdParty = [...new Set([...manifests.values()].flatMap((manifest) => Object.keys(all(manifest))))].filter(
  (name) => !name.startsWith('@argus/') && !name.startsWith('@types/'),
);

test.each(thirdParty)('%s has a line in docs/adr: what it saves us, who keeps it, what it weighs', (name) => {
  expect(adrs.includes(`\`${name}\``), `write that line in docs/adr/0002-dependencies.md, with \`${name}\` in it`).toBe(
    true,
  );
});

/**
 * `npm run build:client`: packages/client as it can be published, in dist/client. One file of JavaScript with our other
 * packages in it, so that nothing else of ours has to be published, and the types of all of them.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ROOT } from './stages.ts';

type Manifest = Readonly<Record<string, unknown>> & { readonly dependencies: Readonly<Record<string, string>> };
const SOURCE = join(ROOT, 'packages/client');
const ENTRY = join(SOURCE, 'src/index.ts');

export async function buildClient(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // `neutral`: neither Node.js nor a browser; what only one of them has does not resolve.
  await build({ entryPoints: [ENTRY], outfile: join(folder, 'index.js'), bundle: true, format: 'esm', platform: 'neutral', target: 'es2022', external: ['zod'], charset: 'utf8', logLevel: 'silent' });
  emitTypes(folder);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifestOf(), null, 2)}\n`);
  copyFileSync(join(SOURCE, 'README.md'), join(folder, 'README.md'));
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
}

/** Ours are in the file; what is left is what they need from elsewhere. */
function manifestOf(): Manifest {
  const { private: _, dependencies: __, exports: ___, ...rest } = read(join(SOURCE, 'package.json'));
  const { zod = '' } = read(join(ROOT, 'packages/protocol/package.json')).dependencies;
  const types = `./types/${relative(join(ROOT, 'packages'), ENTRY).replace(/\.ts$/, '.d.ts')}`;
  return { ...rest, exports: { '.': { types, default: './index.js' } }, types, files: ['index.js', 'types'], dependencies: { zod } };
}
const read = (path: string): Manifest => JSON.parse(readFileSync(path, 'utf8')) as Manifest;

function emitTypes(folder: string): void {
  const types = join(folder, 'types');
  const config = join(folder, 'tsconfig.json');
  // Named one by one: what is found through node_modules, as our other packages are, is somebody else's, and gets no types.
  const files = globSync('packages/{client,protocol,kit}/src/**/*.ts', { cwd: ROOT }).filter((path) => !path.endsWith('.test.ts')).map((path) => join(ROOT, path));
  const compilerOptions = { noEmit: false, declaration: true, emitDeclarationOnly: true, noCheck: true, rootDir: join(ROOT, 'packages'), outDir: types, typeRoots: [join(ROOT, 'node_modules/@types')] };
  writeFileSync(config, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: [], files }));
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' });
  rmSync(config);
  for (const path of globSync('**/*.d.ts', { cwd: types })) {
    const file = join(types, path);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/(from |import\()(['"])((?:\.|@argus\/)[^'"]*)\.[tj]s\2/g, (_, how: string, quote: string, to: string) => `${how}${quote}${inside(types, file, to)}.js${quote}`));
  }
}

/** Another package of ours lies beside, under the names it has here. */
function inside(types: string, file: string, to: string): string {
  if (to.startsWith('.')) return to;
  const [, name = '', ...rest] = to.split('/');
  const path = relative(dirname(file), join(types, name, 'src', ...rest)).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await buildClient(join(ROOT, 'dist/client'));

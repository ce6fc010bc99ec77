/**
 * Makes dist/: one page, its scripts and its style, each named after its content so that a browser may keep it for good.
 * `node tools/bootstrap.mjs apps/console/build.ts`
 */
import { build, type Plugin } from 'esbuild';
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { FILES_AT, manifest, page } from './page.ts';

const HERE = import.meta.dirname;
export const DIST = join(HERE, 'dist');
const PAGE = 'index.html';
const ICONS = ['icon.svg', 'icon-maskable.svg'];
const MANIFEST = 'app.webmanifest';
const WORKER = 'worker.js';

/** zod speaks fifty languages, all in one object; the rest of them are a third of what a browser would load. */
const inEnglish: Plugin = {
  name: 'zod-in-english',
  setup(build) {
    build.onResolve({ filter: /^\.\.\/locales\/index\.js$/ }, ({ importer }) => (importer.includes('/zod/') ? { path: join(dirname(importer), '../locales/en.js'), namespace: 'english' } : null));
    build.onLoad({ filter: /.*/, namespace: 'english' }, ({ path }) => ({ contents: `export { default as en } from ${JSON.stringify(path)};`, resolveDir: dirname(path) }));
  },
};

/** Two may do so at once, as two demos side by side: both make the same files. What an earlier build left is taken away last. */
export async function buildConsole(into = DIST): Promise<void> {
  await mkdir(into, { recursive: true });
  const { metafile: { outputs } } = await build({
    absWorkingDir: HERE,
    entryPoints: { console: 'src/main.tsx', checker: 'src/proof/checker.ts', style: 'src/style/all.css' },
    outdir: into,
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[hash]',
    assetNames: '[name]-[hash]',
    bundle: true,
    splitting: true, // a page is loaded when somebody goes there
    format: 'esm',
    target: 'es2023',
    minify: true,
    metafile: true,
    legalComments: 'linked',
    plugins: [inEnglish],
    // The policy of the page forbids making code out of text. Said before any part runs, so that zod does not even try.
    banner: { js: 'globalThis.__zod_globalConfig??={jitless:true};' },
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const made = (from: string): string => {
    const found = Object.entries(outputs).find(([, output]) => output.entryPoint === from);
    if (!found) throw new Error(`The console was built without ${from}.`);
    return basename(found[0]);
  };
  for (const icon of ICONS) await copyFile(join(HERE, 'src', icon), join(into, icon));
  await writeFile(join(into, MANIFEST), manifest());
  const files = [...ICONS, MANIFEST, ...Object.keys(outputs).map((file) => basename(file))].filter((name) => !name.endsWith('.txt'));
  await buildWorker(into, ['/', ...files.map((name) => `${FILES_AT}${name}`)]);
  const next = join(into, `.${process.pid}.html`);
  await writeFile(next, page({ script: made('src/main.tsx'), style: made('src/style/all.css'), checker: made('src/proof/checker.ts') }));
  await rename(next, join(into, PAGE));
  const kept = new Set([PAGE, MANIFEST, WORKER, ...ICONS, ...Object.keys(outputs).map((file) => basename(file))]);
  for (const name of await readdir(into)) if (!kept.has(name) && !name.startsWith('.')) await rm(join(into, name), { recursive: true, force: true });
}

/** It has to have one name for good; the names of what it keeps are in it, so that a browser sees that it is another one. */
async function buildWorker(into: string, shell: readonly string[]): Promise<void> {
  const name = `argus-shell-${createHash('sha256').update(JSON.stringify(shell)).digest('hex').slice(0, 16)}`;
  await build({
    absWorkingDir: HERE,
    entryPoints: { worker: 'src/worker.ts' },
    outdir: into,
    bundle: true,
    format: 'iife',
    target: 'es2023',
    minify: true,
    define: { SHELL: JSON.stringify(shell), SHELL_NAME: JSON.stringify(name) },
  });
}

if (process.argv[1] === import.meta.filename) {
  await buildConsole();
  process.stdout.write(`The console is in ${DIST}\n`);
}

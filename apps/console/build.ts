/**
 * Makes dist/: one page, its scripts and its style, each named after its content so that a browser may keep it for good.
 * `node tools/bootstrap.mjs apps/console/build.ts`
 */
import { build } from 'esbuild';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { page } from './page.ts';

const HERE = import.meta.dirname;

export async function buildConsole(into: string): Promise<void> {
  await rm(into, { recursive: true, force: true });
  await mkdir(into, { recursive: true });
  const made = await build({
    absWorkingDir: HERE,
    entryPoints: { console: 'src/main.tsx' },
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
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const entry = Object.entries(made.metafile.outputs).find(([, output]) => output.entryPoint === 'src/main.tsx');
  if (!entry?.[1].cssBundle) throw new Error('The console was built without its script or its style; look at src/main.tsx.');
  await writeFile(join(into, 'index.html'), page({ script: basename(entry[0]), style: basename(entry[1].cssBundle) }));
}

if (process.argv[1] === import.meta.filename) {
  await buildConsole(join(HERE, 'dist'));
  process.stdout.write(`The console is in ${join(HERE, 'dist')}\n`);
}

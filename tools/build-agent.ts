/**
 * `npm run build:agent`: the agent as one file for Node.js (dist/argus-agent.mjs), and as one executable that needs
 * none (dist/argus-agent). The same checkout gives the same bytes of the first; SHA256SUMS names both.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { SMALL_FLAGS } from '../apps/agent/src/service/definition.ts';

const ROOT = join(import.meta.dirname, '..');
/** Nobody reads the messages of our schemas in another language: 40 files less to load. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup: ({ onLoad }) => onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({ contents: `export { default as en } from './en.js';`, resolveDir: join(path, '..') })),
};
/** An `import` of a part of Node.js loads every lazy corner of it, workers and prompts included; asking for it by name does not. */
const nodeByName: Plugin = {
  name: 'node-by-name',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z:_/]+$/ }, ({ path }) => (isBuiltin(path) ? { path: path.replace(/^(?!node:)/, 'node:'), namespace: 'node-by-name' } : null));
    onLoad({ filter: /.*/, namespace: 'node-by-name' }, ({ path }) => ({ contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`, loader: 'js' }));
  },
};

export async function bundleAgent(outfile: string, format: 'esm' | 'cjs' = 'esm'): Promise<void> {
  await build({
    entryPoints: [join(ROOT, 'apps/agent/src/main.ts')],
    absWorkingDir: ROOT,
    outfile,
    bundle: true,
    format,
    platform: 'node',
    target: 'node22.18',
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    external: ['bufferutil', 'utf-8-validate'], // native extras of ws, which nobody here installs
    plugins: [englishOnly, nodeByName],
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'warning',
  });
  chmodSync(outfile, 0o755);
}

/** The runtime we build on with the agent inside, and the flags that keep it small. */
export async function executableAgent(outfile: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-build-'));
  try {
    const [script, blob, config] = ['agent.cjs', 'agent.blob', 'sea.json'].map((name) => join(folder, name)) as [string, string, string];
    await bundleAgent(script, 'cjs');
    writeFileSync(config, JSON.stringify({ main: script, output: blob, disableExperimentalSEAWarning: true, useCodeCache: false, useSnapshot: false, execArgv: SMALL_FLAGS, execArgvExtension: 'none' }));
    execFileSync(process.execPath, ['--experimental-sea-config', config], { stdio: 'ignore' });
    copyFileSync(process.execPath, outfile);
    chmodSync(outfile, 0o755);
    // Its warnings are about sections of the runtime that it does not touch.
    const put = [join(ROOT, 'node_modules/postject/dist/cli.js'), outfile, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'];
    execFileSync(process.execPath, put, { stdio: 'ignore' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const sumOf = (path: string): string => `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${basename(path)}`;

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const dist = join(ROOT, 'dist');
  mkdirSync(dist, { recursive: true });
  const files = [join(dist, 'argus-agent.mjs'), join(dist, 'argus-agent')] as const;
  await bundleAgent(files[0]);
  await executableAgent(files[1]);
  const sums = `${files.map(sumOf).join('\n')}\n`;
  writeFileSync(join(dist, 'SHA256SUMS'), sums);
  process.stdout.write(sums);
  process.disconnect?.();
}

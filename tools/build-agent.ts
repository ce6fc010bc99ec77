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
/** `import { z }` keeps all of zod in the file, `import * as z` only what is used: the same names, 100 kB less. */
const zodInParts: Plugin = {
  name: 'zod-in-parts',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/](apps|packages)[\\/].*\.ts$/ }, ({ path }) => ({ contents: readFileSync(path, 'utf8').replace("import { z } from 'zod';", "import * as z from 'zod';"), loader: 'ts' })),
};
/** Parts that a waiting daemon has no use for: they are asked for at the first call of one of their functions. */
const WHEN_CALLED = ['node:fs/promises'];
/**
 * An `import` of a part of Node.js loads every lazy corner of it, workers and prompts included; asking for it by name
 * does not. What of it is used is named one by one: a copy of all its names would be made for each of our files.
 */
const nodeByName: Plugin = {
  name: 'node-by-name',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z:_/]+$/ }, ({ path, kind }) => (isBuiltin(path) ? { path: path.replace(/^(?!node:)/, 'node:'), namespace: kind === 'require-call' ? 'node-whole' : 'node-named' } : null));
    onLoad({ filter: /.*/, namespace: 'node-whole' }, ({ path }) => ({ contents: `module.exports = ${askFor(path)};`, loader: 'js' }));
    onLoad({ filter: /.*/, namespace: 'node-named' }, ({ path }) => {
      const part = process.getBuiltinModule(path) as Readonly<Record<string, unknown>>;
      const isLate = WHEN_CALLED.includes(path);
      const names = Object.keys(part).filter((name) => /^[A-Za-z]\w*$/.test(name) && name !== 'default' && (!isLate || typeof part[name] === 'function'));
      const lines = names.map((name) => `export const ${name} = ${isLate ? `(...args) => ${askFor(path)}.${name}(...args)` : `/* @__PURE__ */ (() => part.${name})()`};`);
      return { contents: [isLate ? '' : `const part = ${askFor(path)};\nexport default part;`, ...lines].join('\n'), loader: 'js' };
    });
  },
};
const askFor = (path: string): string => `process.getBuiltinModule(${JSON.stringify(path)})`;

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
    charset: 'ascii', // one letter beyond Latin-1, and the text of the whole file takes twice the room
    external: ['bufferutil', 'utf-8-validate'], // native extras of ws, which nobody here installs
    plugins: [englishOnly, zodInParts, nodeByName],
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

/**
 * `npm run mutate`: takes every gate out once, then changes gates/, sessions/ and audit/ in thousands of small ways with
 * StrykerJS, runs the unit tests against each, and prints how many were noticed and which were not. Takes minutes.
 * `npm run mutate -- apps/ops-api/src/gates/arm.ts` changes these files only.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ROOT } from '../stages.ts';

const HERE = import.meta.dirname;
/** Files with types and nothing that runs, and tests, have nothing to change. */
const SOURCES = ['gates', 'sessions', 'audit'].map((folder) => `apps/ops-api/src/${folder}/!(*.test|*.contract).ts`);

async function run(program: string, args: readonly string[], cwd: string): Promise<number> {
  // The pinned Node.js stands first, so that whatever this starts runs on it too.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` };
  const child = spawn(program, [...args], { cwd, env, stdio: 'inherit' });
  return new Promise((done) => {
    child.on('error', () => done(1));
    child.on('close', (code) => done(code ?? 1));
  });
}

async function stryker(mutate: readonly string[]): Promise<number> {
  if (!existsSync(join(HERE, 'node_modules/@stryker-mutator/core')) && (await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], HERE)) !== 0) {
    process.stdout.write('StrykerJS could not be installed. Run `npm ci` in tools/mutate and try again.\n');
    return 1;
  }
  const folder = await mkdtemp(join(tmpdir(), 'argus-mutate-'));
  try {
    const config = {
      mutate,
      testRunner: 'vitest',
      plugins: [join(HERE, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js')],
      vitest: { configFile: 'tools/mutate/vitest.config.ts', related: true },
      // TypeScript 7 has no API for it to read this with, and types are stripped, not compiled.
      tsconfigFile: 'none',
      ignorePatterns: ['.argus', '.git', '/bench', '/docs', '/e2e', 'tools/mutate/node_modules'],
      reporters: ['clear-text'],
      clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
      concurrency: 2,
      timeoutMS: 20_000,
      tempDirName: '.mutated',
      cleanTempDir: 'always',
      allowEmpty: false,
    };
    const file = join(folder, 'stryker.config.json');
    await writeFile(file, JSON.stringify(config));
    return await run(process.execPath, [join(HERE, 'node_modules/@stryker-mutator/core/bin/stryker.js'), 'run', file], ROOT);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const asked = process.argv.slice(2);
const gates = asked.length > 0 ? 0 : await run(process.execPath, [join(HERE, 'gates.ts')], ROOT);
const score = await stryker(asked.length > 0 ? asked : SOURCES);
process.disconnect?.();
process.exitCode = gates === 0 && score === 0 ? 0 : 1;

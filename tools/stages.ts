/** The stages of `npm test` and `npm run ok`. Each runs to its end, prints as it goes, and answers with numbers. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Tally, tallyOf } from './vitest-report.ts';

export const ROOT = dirname(import.meta.dirname);

/** `stop` is aborted when whoever started us is gone, or wants us gone. */
export type Stage = { readonly name: string; readonly run: (stop: AbortSignal) => Promise<Tally> };

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const inModules = (path: string): string => join(ROOT, 'node_modules', path);

/** A tool that says yes or no counts as one test. */
const yesOrNo = (name: string, args: readonly string[]): Stage => ({
  name,
  run: async (stop) =>
    (await runNode(args, stop)) === 0 ? { passed: 1, failed: 0, skipped: [] } : { passed: 0, failed: 1, skipped: [] },
});

const vitest = (project: string, more: readonly string[] = [], says: Says = 'as it goes'): Stage => ({
  name: project,
  run: async (stop) => {
    const folder = await mkdtemp(join(tmpdir(), 'argus-report-'));
    try {
      const report = join(folder, 'report.json');
      const args = [
        'run',
        '--project',
        project,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...more,
      ];
      const code = await runNode([inModules('vitest/vitest.mjs'), ...args], stop, says);
      const tally = tallyOf(await readFile(report, 'utf8').catch(() => null), code);
      if (tally.passed + tally.failed === 0) {
        say(`The stage ${project} ran no test at all. A stage without tests proves nothing, so it fails.`);
        return { ...tally, failed: 1 };
      }
      return tally;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});

/** One works while the other waits. */
const beside = (stage: Stage, other: Stage): Stage => ({
  name: stage.name,
  run: async (stop) => {
    const [a, b] = await Promise.all([stage.run(stop), other.run(stop)]);
    return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: [...a.skipped, ...b.skipped] };
  },
});

export const types = yesOrNo('types', [
  inModules('typescript/bin/tsc'),
  '--noEmit',
  '--project',
  join(ROOT, 'tsconfig.json'),
]);
/** The console is of a browser, and has words of its own for the compiler. */
export const consoleTypes = yesOrNo('console', [
  inModules('typescript/bin/tsc'),
  '--noEmit',
  '--project',
  join(ROOT, 'apps/console/tsconfig.json'),
]);
export const lint = yesOrNo('lint', [inModules('oxlint/bin/oxlint')]);
/** Each gate taken out once: a test with its name has to fail. */
export const gates = yesOrNo('gates', [join(ROOT, 'tools/mutate/gates.ts')]);
/** Two at once, also where there are two processors: Vitest alone would keep one for itself. */
const TWO = ['--maxWorkers=2'];
export const unit = vitest('unit', TWO);
export const unitLong = vitest('unit-long', TWO);
export const flow = vitest('flow', TWO);
export const contract = vitest('contract', TWO);
export const contract15 = vitest('contract-15', TWO);
/** Of the first much is waiting, of the second nearly all. */
export const e2e = beside(vitest('e2e', ['--maxWorkers=3']), vitest('e2e-waiting', ['--maxWorkers=5'], 'at its end'));
export const e2eTimed = vitest('e2e-timed');

/** Runs them in order, all of them, and ends with the one line that says how it went. */
export async function runStages(stages: readonly Stage[], atTheEnd: () => Promise<void>): Promise<void> {
  const started = performance.now();
  const stop = whenToStop();
  const rows: { readonly name: string; readonly tally: Tally; readonly seconds: string }[] = [];
  for (const stage of stages) {
    say(`\n── ${stage.name} ──`);
    const from = performance.now();
    const tally = await stage.run(stop);
    if (stop.aborted) {
      say('Stopped before the end; nothing is proven.');
      process.exitCode = 1;
      return;
    }
    rows.push({ name: stage.name, tally, seconds: secondsSince(from) });
    say(`── ${stage.name}: ${summary(tally)} in ${secondsSince(from)} s`);
  }
  say('');
  for (const { name, tally, seconds } of rows) say(`${name.padEnd(12)}${seconds.padStart(7)} s   ${summary(tally)}`);
  const total: Tally = {
    passed: rows.reduce((n, row) => n + row.tally.passed, 0),
    failed: rows.reduce((n, row) => n + row.tally.failed, 0),
    skipped: rows.flatMap((row) => row.tally.skipped),
  };
  await atTheEnd();
  if (total.skipped.length > 0) {
    say('\nSkipped tests guard nothing, whatever the reason for skipping them is: make them run, or remove them.');
    for (const name of total.skipped) say(`  ${name}`);
  }
  say(`\nAll stages took ${secondsSince(started)} s.`);
  process.exitCode = total.failed === 0 && total.skipped.length === 0 ? 0 : 1;
  say(summary(total));
}

const secondsSince = (from: number): string => ((performance.now() - from) / 1_000).toFixed(1);

const summary = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`;

function whenToStop(): AbortSignal {
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
  process.on('disconnect', leave);
  process.channel?.unref();
  return leaving.signal;
}

type Says = 'as it goes' | 'at its end';

function runNode(args: readonly string[], stop: AbortSignal, says: Says = 'as it goes'): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: says === 'as it goes' ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const end = (): void => void child.kill('SIGTERM');
  stop.addEventListener('abort', end, { once: true });
  return new Promise((resolve) => {
    const done = (code: number): void => {
      stop.removeEventListener('abort', end);
      process.stdout.write(said);
      resolve(code);
    };
    child.on('error', (error) => {
      say(`Could not run ${args[0]}: ${error.message}. Run \`npm ci\` and try again.`);
      done(1);
    });
    child.on('close', (code) => done(code ?? 1));
  });
}

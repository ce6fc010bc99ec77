/** The program: the only file that sees the process. */
import { EXIT } from '@argus/evidence/findings.ts';
import { systemClock } from '@argus/kit/clock.ts';
import { progressBar } from './progress.ts';
import { run, type Ran } from './run.ts';

const bar = progressBar(systemClock, process.stderr);

async function stdin(): Promise<string> {
  let text = '';
  for await (const part of process.stdin.setEncoding('utf8')) text += String(part);
  return text;
}

/** A bug is no finding: it must not look like one. */
const broke = (problem: unknown): Ran => ({ exit: EXIT.cannot_be_read, stdout: '', stderr: `argus-verify itself broke, and nothing was checked. Please report this:\n${problem instanceof Error ? String(problem.stack) : String(problem)}\n` });

const { exit, stdout, stderr } = await run(process.argv.slice(2), { clock: systemClock, env: process.env, stdin, fetch, progress: bar.at }).catch(broke);
bar.end();
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exit;

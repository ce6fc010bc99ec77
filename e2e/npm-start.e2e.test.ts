/** What a supervisor, a script or an impatient person does to `npm start`: it knows the process of npm, and no other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { newDemoDir } from './demo.ts';
import { ROOT } from './processes.ts';
import { killAllOf } from './processes-of.ts';
import { atTheEnd } from './teardown.ts';
import { until } from './until.ts';

/** npm, in a process group of its own as a supervisor would start it. */
async function npmStart() {
  const place = await newDemoDir();
  const npm = spawn('npm', ['start'], { cwd: ROOT, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...place.env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const gone = once(npm, 'exit');
  atTheEnd(() => killAllOf(place.dataDir));
  let said = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  await until(() => /\bready\n/.test(said) || npm.exitCode !== null, 60_000);
  if (!/\bready\n/.test(said)) throw new Error(`the demo ended before it was ready:\n${said}`);
  return { place, npm, gone, said: () => said };
}

test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)('%s to the process of npm alone ends everything that npm start began, in order', async (signal) => {
  const { place, npm, gone, said } = await npmStart();
  expect((await place.processes()).map(({ title }) => title).filter((title) => /^argus-|postgres -D/.test(title)).length).toBeGreaterThanOrEqual(4);
  process.kill(npm.pid ?? Number.NaN, signal);
  await gone;
  await until(async () => (await place.processes()).length === 0, 15_000).catch(async (problem: unknown) => {
    throw new Error(`${String(problem)}\n${JSON.stringify(await place.processes())}\n${said()}`);
  });
  expect(said()).toContain('everything has stopped; the data stays');
});

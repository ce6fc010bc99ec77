/** One person at one terminal: types a line, waits until it is done, reads what came of it. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { follow } from '../processes.ts';
import { until } from '../until.ts';

export type Shell = {
  /** Status and all output, both streams in one as on a screen. */
  type(text: string): Promise<{ readonly status: number; readonly said: string }>;
  /** And everything it has left running. */
  end(): Promise<void>;
};

const LINE_MS = 60_000;
const DONE = 'the-line-is-done';

export function openShell(cwd: string, env: NodeJS.ProcessEnv): Shell {
  // A process group of its own, so that what a guide leaves in the background ends with it.
  const child = spawn('bash', ['--noprofile', '--norc'], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const running = follow(child, 'a shell for a guide', (signal) => child.pid !== undefined && process.kill(-child.pid, signal));
  const file = join(cwd, '.typed');
  let read = 0;
  return {
    async type(text) {
      writeFileSync(file, `${text}\n`);
      child.stdin.write(`{ . ${file}; } </dev/null 2>&1; printf '\\n${DONE} %s\\n' $?\n`);
      const done = new RegExp(`\\n${DONE} (\\d+)\\n`);
      const isDone = await until(() => done.test(running.stdout().slice(read)) || (!running.isRunning() && 'ended'), LINE_MS);
      const said = running.stdout().slice(read);
      const found = done.exec(said);
      if (isDone === 'ended' || !found) throw new Error(`the shell ended at: ${text}\n${said}${running.stderr()}`);
      read += found.index + found[0].length;
      return { status: Number(found[1]), said: said.slice(0, found.index) };
    },
    async end() {
      await running.stop('SIGTERM').catch(() => running.kill());
    },
  };
}

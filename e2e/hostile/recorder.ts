/**
 * Runs a program as somebody without rights, and writes down from outside what it asks the kernel for. It has no
 * io_uring: with one it could open files past every system call.
 */
import { spawn } from 'node:child_process';
import { accessSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { canReach, chooseRunAs, dropPrivileges, type RunAs } from '@argus/ops-api/adapters/embedded-postgres/run-as.ts';
import { follow, ROOT, type Running } from '../processes.ts';
import { parseTrace, RECORDED_BUT_LOOKS, RECORDED_CALLS, type SystemCall } from './system-calls.ts';

export type Recorded = Running & {
  /** Of the recorded program itself; the running one is strace. */
  readonly target: () => number;
  /** What it has asked for so far; everything, once it has ended. */
  events(): Promise<readonly SystemCall[]>;
};

export function strace(): string {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'strace'));
  const found = places.find((path) => {
    try {
      accessSync(path);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error('strace is not here. Install the Debian package strace (apt-get install strace), then run this again.');
  return found;
}

/** As root we give the program to an account without rights, if that one can read the checkout. */
export async function whoRuns(): Promise<RunAs> {
  const runAs = await chooseRunAs(null);
  return (await canReach(ROOT, runAs)) ? runAs : { uid: 0, dropTo: null };
}

/** Where a program is asked for very much, whether it looks at a file is left out: being stopped for each look is most of its time. */
export type Watched = 'everything' | 'all_but_looks';

export function record(program: readonly string[], { trace, runAs, watched = 'everything' }: { readonly trace: string; readonly runAs: RunAs; readonly watched?: Watched | undefined }): Recorded {
  const options = ['-f', '--seccomp-bpf', '-y', '-ttt', '-o', trace, '-e', `trace=${watched === 'everything' ? RECORDED_CALLS : RECORDED_BUT_LOOKS}`, '-e', 'inject=io_uring_setup:error=ENOSYS'];
  const child = spawn(strace(), [...options, process.execPath, ...program], {
    ...dropPrivileges(runAs),
    cwd: '/',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const target = (): number => {
    const pid = Number(/^\d+/.exec(readFileSync(trace, 'utf8').slice(0, 20))?.[0]);
    if (!(pid > 1)) throw new Error('nothing is recorded yet');
    return pid;
  };
  // strace lets no signal end it before the program has ended; the channel tells the program when we are gone.
  const tell = (signal: NodeJS.Signals): void => {
    try {
      process.kill(target(), signal);
    } catch (problem) {
      if ((problem as NodeJS.ErrnoException).code !== 'ESRCH') child.kill(signal);
    }
  };
  return { ...follow(child, program[0] ?? '', tell), target, events: async () => parseTrace(await readFile(trace, 'utf8')) };
}

import { type ChildProcess, fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stages.ts';

/** A part of Argus as a child process. Its end, wished for or not, is always heard of. */
export type Part = {
  readonly name: string;
  readonly pid: number | undefined;
  /** Resolves with a sentence when the part is gone. */
  readonly gone: Promise<string>;
  readonly messages: (listener: (message: unknown) => void) => void;
  stop(): Promise<void>;
};

type Starting = {
  readonly name: string;
  readonly script: string; // from the root
  readonly args?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
};

const POLITE_MS = 30_000;

export function startPart({ name, script, args = [], env, logFile }: Starting): Part {
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  // Its own process group: Ctrl-C reaches us, and we stop the parts in the right order. The channel tells it when we die.
  const child: ChildProcess = fork(join(ROOT, script), args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true, execArgv: [] });
  let tail = '';
  child.stdout?.pipe(log, { end: false });
  child.stderr?.on('data', (chunk: Buffer) => {
    log.write(chunk);
    tail = `${tail}${chunk.toString('utf8')}`.slice(-2_000);
  });
  const gone = new Promise<string>((resolve) => {
    child.on('error', (problem) => resolve(`${name} could not be started: ${problem.message}`));
    child.on('close', (code, signal) => {
      log.end();
      resolve(`${name} ended (${signal ?? `exit code ${code}`})${tail === '' ? '' : `:\n${tail.trimEnd()}`}`);
    });
  });
  return {
    name,
    pid: child.pid,
    gone,
    messages: (listener) => void child.on('message', listener),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), POLITE_MS);
      await gone;
      clearTimeout(timer);
    },
  };
}

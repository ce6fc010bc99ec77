import { type ChildProcess, fork, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { atTheEnd } from './teardown.ts';

export const ROOT = dirname(import.meta.dirname);

/** How a process ended, in one word: `exit 0`, `SIGKILL`. */
export type Ended = string;
export type Running = {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** What it sent over its channel. */
  messages(): readonly unknown[];
  readonly ended: Promise<Ended>;
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Asks, and waits for the answer; throws when there is none in time. */
  stop(signal?: NodeJS.Signals, withinMs?: number): Promise<Ended>;
  /** kill -9, and gone when it returns. */
  kill(): Promise<Ended>;
};

/** Nothing of our own surroundings but what a shell and `npm run` always give (tools/bootstrap/compiled.mjs): what a test means to set, it sets. */
const SURROUNDINGS = { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'compiled') };
const STOP_MS = 20_000;
const RUN_MS = 30_000;

/** Starts a script of ours as a process of its own. It hears of our end through its channel, however we end. */
export function launch(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child: ChildProcess = fork(join(ROOT, script), args, {
    env: { ...SURROUNDINGS, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  return follow(child, script);
}

/** Any other program of ours: one that has no channel hears of our end when it is killed. */
export const start = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running =>
  follow(spawn(command, args, { env: { ...SURROUNDINGS, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }), command);

/** `send`: for a child that only runs the one a signal is meant for. */
export function follow(child: ChildProcess, name: string, send: (signal: NodeJS.Signals) => unknown = (signal) => child.kill(signal)): Running {
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started`);
  const tell = (signal: NodeJS.Signals): void => void (end === null && send(signal));
  const said = { stdout: '', stderr: '' };
  const messages: unknown[] = [];
  let end: Ended | null = null;
  for (const stream of ['stdout', 'stderr'] as const) child[stream]?.setEncoding('utf8').on('data', (text: string) => (said[stream] += text));
  child.on('message', (message) => messages.push(message));
  const ended = new Promise<Ended>((resolve) => {
    child.on('exit', (code, signal) => (end = signal ?? `exit ${code}`));
    child.on('close', (code, signal) => resolve(signal ?? `exit ${code}`));
  });
  const running: Running = {
    pid,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    messages: () => messages,
    ended,
    isRunning: () => end === null,
    signal: tell,
    async stop(signal = 'SIGTERM', withinMs = STOP_MS) {
      tell(signal);
      const how = await within(withinMs, ended);
      if (how === null) throw new Error(`${name} (process ${pid}) still runs ${withinMs} ms after ${signal}:\n${said.stderr.slice(-2_000)}`);
      return how;
    },
    kill: () => (tell('SIGKILL'), ended),
  };
  atTheEnd(() => running.kill());
  return running;
}

/** Null when it takes longer. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  const isDone = new AbortController();
  const late = pause(ms, null, { signal: isDone.signal }).catch(() => null);
  const first = await Promise.race([promise, late]);
  isDone.abort();
  return first;
}

/** A script that does one thing and ends. One that goes on is killed, and that is how it ended. */
export async function runToEnd(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Running & { readonly end: Ended }> {
  const running = launch(script, args, env);
  return { ...running, end: (await within(RUN_MS, running.ended)) ?? (await running.kill()) };
}

import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

/** A process under measurement: it answers over its channel, and ends when asked or when we are gone. */
export type Usage = { readonly rssBytes: number; readonly cpuMs: number } & Readonly<Record<string, number>>;

export function answerMeasurements(counts: Readonly<Record<string, () => number>>, close: () => Promise<void>): void {
  const end = () => void close().finally(() => process.exit(0));
  process.on('message', (message) => {
    if (message === 'end') return end();
    if (message !== 'usage') return;
    // Started with --expose-gc. The last resort also gives back the room that a burst of work had made the heap take.
    (globalThis as { gc?: (how: object) => void }).gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    const { user, system } = process.cpuUsage();
    const counted = Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count()]));
    process.send?.({ usage: { rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1_000, ...counted } });
  });
  process.on('disconnect', end);
}

export type Measured<Ready> = {
  readonly ready: Ready;
  ask(message: unknown): Promise<unknown>;
  usage(): Promise<Usage>;
  end(): Promise<void>;
};

const START_MS = 120_000;

export async function startMeasured<Ready>(script: string, env: NodeJS.ProcessEnv, args: readonly string[] = []): Promise<Measured<Ready>> {
  const child = fork(join(import.meta.dirname, script), args, { env, execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { ready } = (await next(child, 'ready')) as { ready: Ready };
  return {
    ready,
    async ask(message) {
      const answered = next(child, 'answer');
      child.send(message as object);
      return ((await answered) as { answer: unknown }).answer;
    },
    async usage() {
      // Twice: what the first collection frees, the second one finds gone.
      for (let round = 0; round < 2; round++) {
        const answered = next(child, 'usage');
        child.send('usage');
        const { usage } = (await answered) as { usage: Usage };
        if (round === 1) return usage;
      }
      throw new Error('unreachable');
    },
    async end() {
      child.send('end');
      await gone;
    },
  };
}

function next(child: ChildProcess, key: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${key} within ${START_MS / 1_000} s`)), START_MS);
    const onExit = (code: number | null) => reject(new Error(`a bench process ended with code ${code}`));
    const onMessage = (message: unknown) => {
      if (typeof message !== 'object' || message === null || !(key in message)) return;
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
      resolve(message);
    };
    child.on('message', onMessage).once('exit', onExit);
  });
}

/** Stops a server of ours: politely first, and never a process that only has its number. */
import { setTimeout as pause } from 'node:timers/promises';

const POLITE_MS = 20_000;
const FIRM_MS = 10_000;
const LOOK_MS = 20;

type Server = { readonly pid: number; readonly isOurs: () => Promise<boolean>; readonly say: (line: string) => void };

/** Returns once the process is gone. Fast shutdown: open transactions are rolled back, then a checkpoint is written. */
export async function stopServer({ pid, isOurs, say }: Server): Promise<void> {
  if (await signalAndWait('SIGINT', POLITE_MS)) return;
  say(
    `PostgreSQL (process ${pid}) has not stopped after ${POLITE_MS / 1_000} s; stopping it at once. It will ` +
      'recover at its next start.',
  );
  if (await signalAndWait('SIGQUIT', FIRM_MS)) return;
  throw new Error(
    `PostgreSQL (process ${pid}) does not stop. Look at what it is doing, then end it with: kill -QUIT ${pid}.`,
  );

  async function signalAndWait(signal: NodeJS.Signals, withinMs: number): Promise<boolean> {
    // Asked again before every signal: between two looks the number may have gone to another process.
    if (!(await isOurs())) return true;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return true;
      throw error;
    }
    for (let waited = 0; waited < withinMs; waited += LOOK_MS) {
      if (!(await isOurs())) return true;
      await pause(LOOK_MS);
    }
    return false;
  }
}

/** Pids are reused. A pid with its start time and the boot it belongs to names one process for ever. */
import { readFile } from 'node:fs/promises';

/** Null when no such process runs; a zombie has stopped running. */
export async function identityOf(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return signalable(pid) ? `pid ${pid}` : null;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // The command name stands in parentheses and may hold anything, also spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => 'unknown');
  return `pid ${pid} started ${fields[19]} boot ${boot.trim()}`;
}

export const isRunning = async (pid: number): Promise<boolean> => (await identityOf(pid)) !== null;

/** Also one that has ended and that nobody has asked after. */
export const isInProcessTable = (pid: number): boolean => signalable(pid);

function signalable(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

import { readFileSync } from 'node:fs';

/** Which process wrote something. Numbers of processes come again after a restart of the machine, so that is named too. */
export type ProcessMark = { readonly pid: number; readonly boot: string };

export const thisProcess = (): ProcessMark => ({ pid: process.pid, boot: bootHere() });

/** Does it still run? A number may have gone to another program meanwhile: then this says yes, and only other signs are left. */
export function isRunning({ pid, boot }: ProcessMark): boolean {
  if (boot !== bootHere()) return false;
  try {
    process.kill(pid, 0); // sends nothing
    return true;
  } catch (problem) {
    return (problem as NodeJS.ErrnoException).code !== 'ESRCH'; // it is there, and somebody else's
  }
}

/** Of this start of the machine; where nobody says, the same for all of them. */
function bootHere(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export type Took = { readonly seconds: number; readonly peakMiB: number };
const LOOK_MS = 50;

/** A program from its start to its end: how long it took, and the most memory it ever had (VmHWM). It has to end with 0. */
export async function measuredRun(program: string, args: readonly string[]): Promise<Took> {
  const from = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  let peakKiB = 0;
  const looking = setInterval(() => (peakKiB = Math.max(peakKiB, peakOf(child.pid ?? 0))), LOOK_MS);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(looking);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${said.slice(-2_000)}`);
  return { seconds: (performance.now() - from) / 1_000, peakMiB: peakKiB / 1_024 };
}

function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // it has ended
  }
}

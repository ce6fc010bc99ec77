import { cleanText, redactAddresses, redactKeys } from '@argus/protocol/text.ts';
import type { Machine } from './ports.ts';

const LINES_MAX = 200;

/** What is kept of a crash: where in our code, never what was in memory. An error may quote what it choked on, so secrets are taken out line by line. */
export function crashReport(problem: unknown, { at, uptimeS, machine, node }: { readonly at: string; readonly uptimeS: number; readonly machine: Machine; readonly node: string }): string {
  const said = problem instanceof Error ? (problem.stack ?? String(problem)) : String(problem);
  const lines = said.split('\n', LINES_MAX).map((line) => cleanText(redactAddresses(redactKeys(line)), 500));
  return [`argus-agent ${machine.version} ended because of a fault of its own.`, `at ${at}, after ${Math.floor(uptimeS)} s`, `${machine.platform}, Node.js ${node}`, '', ...lines, ''].join('\n');
}

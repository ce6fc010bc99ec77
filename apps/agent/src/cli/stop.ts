import { readFileSync } from 'node:fs';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { StateDir } from '../adapters/state/state-dir.ts';

/** What was asked cannot be done, and the sentence says why. The program ends with 2. */
export class Stop extends Error {}
export const stop = (sentence: string): never => {
  throw new Stop(sentence);
};

export const reasonOf = (problem: unknown): string => {
  const cause = problem instanceof Error ? (problem.cause ?? problem) : problem;
  if (cause instanceof AggregateError && cause.message === '') return reasonOf(cause.errors[0]); // one for each address that was tried
  return cause instanceof Error ? cause.message : String(cause);
};

export function mustReadFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (problem) {
    return stop(`The ${what} cannot be read: ${reasonOf(problem)}.`);
  }
}

export const mustTrust = (state: StateDir): TrustFile => state.trust() ?? stop(`This machine is not enrolled yet: nothing of it is in ${state.path}. If it was enrolled into another folder, name that with --state DIR. To enroll it: argus-agent enroll`);

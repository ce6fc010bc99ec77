import type { Command, Problem } from './command.ts';

/** The server's hint, and behind it what helps further after this very command. Programs get the hint as it came. */
export function withNext(problem: Problem, { whenRefused }: Pick<Command, 'whenRefused'>, argusctl: string): Problem {
  if (problem.kind !== 'refused' || whenRefused?.codes.some((code) => code === problem.code) !== true) return problem;
  return { ...problem, hint: `${problem.hint} All gates at once: ${argusctl} ${whenRefused.type}, with the same words.` };
}

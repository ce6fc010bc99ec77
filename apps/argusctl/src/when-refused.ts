import type { Command, Problem } from './command.ts';

/** The server's hint, and behind it what helps further after this very command. Programs get the hint as it came. What a machine refused, no gate of the server explains. */
export function withNext(problem: Problem, { whenRefused }: Pick<Command, 'whenRefused'>, argusctl: string): Problem {
  if (problem.kind !== 'refused' || problem.refused_by === 'machine' || whenRefused?.codes.some((code) => code === problem.code) !== true) return problem;
  return { ...problem, hint: `${problem.hint} All gates at once: ${argusctl} ${whenRefused.type}, with the same words.` };
}

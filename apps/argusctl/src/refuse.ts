import type { Args } from './args.ts';
import type { Cli } from './cli.ts';
import type { Exit, Problem } from './command.ts';
import { errorJson, errorText, exitOf } from './render/error.ts';
import { printJson } from './render/json.ts';
import { nextFor } from './render/next.ts';
import { paintFor } from './render/paint.ts';

/** Says no in the form that was asked for, on the error stream. */
export const refusing =
  (cli: Cli, isJson: boolean, at: { readonly url: string; readonly writes: boolean; readonly retype?: string; readonly args?: Args }) =>
  (problem: Problem): Exit => {
    const { stderr, env, clock } = cli;
    const retype = at.retype ?? 'argusctl';
    const situation = { ...at, retype, now: clock.now(), next: nextFor(problem, at.args ?? {}) };
    const text = () => errorText(problem, situation, paintFor(stderr.isTTY, env));
    stderr.write(isJson ? printJson(errorJson(problem, situation)) : text());
    return exitOf(problem);
  };

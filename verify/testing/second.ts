/** Runs the second verifier as anybody would: Debian's Python, in a process of its own. */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';

export const SECOND = join(dirname(import.meta.dirname), 'second');
/** Not whatever `python3` is first on PATH: the package it needs belongs to this one. */
export const PYTHON = '/usr/bin/python3';

export type SecondReport = {
  readonly verified: boolean;
  readonly trusted: boolean;
  readonly problems: readonly { readonly what: string; readonly index?: number; readonly says: string }[];
  readonly notes: readonly string[];
  readonly counts?: Readonly<Record<string, number>>;
};

export const runPython = (script: string, args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve) =>
    execFile(PYTHON, ['-B', join(SECOND, script), ...args], { maxBuffer: 1 << 24, env: { PATH: process.env['PATH'] } }, (problem, stdout, stderr) => {
      const code = problem === null ? 0 : typeof problem.code === 'number' ? problem.code : 99;
      resolve({ code, stdout, stderr: code === 99 ? `${stderr}${problem?.message}` : stderr });
    }),
  );

/** A verifier that falls over is not one that refuses. */
export async function secondVerifier(bundle: string, trust?: string): Promise<SecondReport> {
  const { code, stdout, stderr } = await runPython('verify.py', ['bundle', bundle, '--json', ...(trust === undefined ? [] : ['--trust', trust])]);
  if (code > 1 || stderr !== '') throw new Error(`the second verifier ended with ${code}: ${stderr}`);
  const report = JSON.parse(stdout) as SecondReport;
  if (report.verified !== (code === 0)) throw new Error(`the second verifier says ${report.verified} and ends with ${code}`);
  return report;
}

export const secondSays = ({ verified, problems }: SecondReport): string => (verified ? 'verified' : problems.map(({ says }) => says).join('; '));

/**
 * The verifier on a folder of inputs, for whoever has tables of them: `bundle.tar`, and beside it what there is of
 * `trust.json`, `activity.log` (with `.1` to `.4`) and `witness.journal`. As the program does it, with its exit code.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@argus/kit/clock.ts';
import type { reportJson } from '@argus/evidence/report.ts';
import { run } from '../src/run.ts';
import type { World } from '../src/command.ts';

export const offline: World = {
  clock: systemClock,
  env: {},
  stdin: async () => '',
  fetch: () => Promise.reject(new Error('nothing is fetched here')),
  progress: () => undefined,
};

export type CheckedDirectory = { readonly exit: number; readonly codes: readonly string[]; readonly report: ReturnType<typeof reportJson> | null; readonly stderr: string };

export async function checkDirectory(folder: string): Promise<CheckedDirectory> {
  const given = (flag: string, name: string): readonly string[] => (existsSync(join(folder, name)) ? [flag, join(folder, name)] : []);
  const records = [...given('--journal', 'activity.log'), ...given('--witness', 'witness.journal')];
  const word = records.length > 0 ? 'compare' : 'bundle';
  const { exit, stdout, stderr } = await run([word, join(folder, 'bundle.tar'), ...given('--trust', 'trust.json'), ...records, '--json'], offline);
  const report = stdout === '' ? null : (JSON.parse(stdout) as ReturnType<typeof reportJson>);
  return { exit, codes: Object.keys(report?.counts ?? {}), report, stderr };
}

/** An attack that uses up a machine: it has one of its own, from its first dial on. */
import type { Enrolled } from './machine.ts';
import { startFight, type Fight } from './fight.ts';
import { problemsOf } from './health.ts';

export type Trial = {
  readonly name: string;
  /** What is wrong, in sentences. The daemon is not started yet. */
  readonly run: (fight: Fight) => Promise<readonly string[]>;
  /** `soon`: it dials again by itself. `for_good`: nothing but the owner brings it back. Else a new life of the process is waited for. */
  readonly ends?: 'soon' | 'for_good';
};

export async function tried(enrolled: Enrolled, { name, run, ends }: Trial): Promise<readonly string[]> {
  const fight = await startFight(enrolled, name.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 60));
  const problems = [...(await run(fight))];
  problems.push(...problemsOf(fight));
  if (ends !== 'for_good') {
    if (ends === 'soon') await fight.connect(0);
    else await fight.restart();
    problems.push(...(await fight.honestSession()));
  }
  await fight.stop();
  problems.push(...(await fight.findings()));
  return problems;
}

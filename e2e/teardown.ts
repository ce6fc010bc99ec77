import { afterAll } from 'vitest';

/** What a file has started or made is put away when it is done, last first, also when its tests failed. */
const steps: (() => unknown)[] = [];

export const atTheEnd = (step: () => unknown): void => void steps.push(step);

afterAll(async () => {
  const problems: unknown[] = [];
  for (const step of steps.splice(0).toReversed()) await Promise.resolve(step()).catch((problem: unknown) => problems.push(problem));
  if (problems.length > 0) throw new AggregateError(problems, `while putting away: ${problems.map(String).join('; ')}`);
});

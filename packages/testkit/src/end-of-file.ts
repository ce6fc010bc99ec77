/** What a test file has made or started is put away when it is through, last first. */
const steps: (() => unknown)[] = [];

export const atTheEndOfTheFile = (step: () => unknown): void => void steps.push(step);

export async function putAway(): Promise<void> {
  for (const step of steps.splice(0).toReversed()) await step();
}

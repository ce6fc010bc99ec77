/**
 * Readers ask about a signature and go on; a browser answers later. What is asked is only written down the first time, and the
 * reading counts if all of that holds.
 */
import type { Verify } from './entry.ts';

export function askedLater(verify: Verify) {
  const asked: Promise<boolean>[] = [];
  return {
    ask: (...claim: Parameters<Verify>) => asked.push(Promise.resolve(verify(...claim))) > 0,
    allGood: async () => asked.length > 0 && (await Promise.all(asked)).every((isGood) => isGood),
  };
}
export type Asked = ReturnType<typeof askedLater>;

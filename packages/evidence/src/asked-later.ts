/**
 * Readers ask about a signature and go on; a browser answers later. What is asked is only written down the first time, and the
 * reading counts if all of that holds.
 */
export function askedLater<Asking extends readonly unknown[]>(answer: (...asking: Asking) => boolean | Promise<boolean>) {
  const asked: Promise<boolean>[] = [];
  return {
    ask: (...asking: Asking) => asked.push(Promise.resolve(answer(...asking))) > 0,
    allGood: async () => asked.length > 0 && (await Promise.all(asked)).every((isGood) => isGood),
  };
}

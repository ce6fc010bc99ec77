/**
 * The ids of the last requests this machine acted on, however long ago. The log alone stops a frame that comes twice;
 * this stops a server that logs the same request twice.
 */
export const REQUESTS_KEPT = 10_000;

export function createRequestMemory(known: Iterable<string> = []) {
  const requests = new Set<string>(); // gives its members in the order they came
  function add(request: string): void {
    requests.delete(request);
    requests.add(request);
    for (const oldest of requests) {
      if (requests.size <= REQUESTS_KEPT) break;
      requests.delete(oldest);
    }
  }
  for (const request of known) add(request);
  return { add, has: (request: string): boolean => requests.has(request), all: (): readonly string[] => [...requests] };
}
export type RequestMemory = ReturnType<typeof createRequestMemory>;

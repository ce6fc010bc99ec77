/** What is over is remembered for a while, so that a log of any length is checked in the same memory. */
export const REMEMBERED_MAX = 100_000;

/** A map that forgets its oldest. Setting again does not make it younger. */
export function createMemory<K, V>(max: number = REMEMBERED_MAX): Map<K, V> {
  const map = new Map<K, V>();
  const set = map.set.bind(map);
  map.set = (key, value) => {
    if (!map.has(key) && map.size >= max) for (const oldest of map.keys()) {
      map.delete(oldest);
      break;
    }
    return set(key, value);
  };
  return map;
}

import { randomBytes, randomFillSync } from 'node:crypto';

/** Randomness is a port: tests bring their own. */
export type Random = (bytes: number) => Uint8Array;

const POOL_BYTES = 4_096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** From a pool: asking the system costs the same for 20 bytes as for thousands. No byte is given out twice. */
export const systemRandom: Random = (bytes) => {
  if (bytes > POOL_BYTES) return randomBytes(bytes);
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const taken = Buffer.from(pool.subarray(used, used + bytes)); // a copy
  pool.fill(0, used, used + bytes);
  used += bytes;
  return taken;
};

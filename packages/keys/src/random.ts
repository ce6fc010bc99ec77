import { randomBytes } from 'node:crypto';

/** Randomness is a port: tests bring their own. */
export type Random = (bytes: number) => Uint8Array;
export const systemRandom: Random = (bytes) => randomBytes(bytes);

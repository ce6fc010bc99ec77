import { fromBase64, toHex } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/evidence/sha256.ts';

/** As everywhere a key has to be compared by eye. */
export const fingerprintOf = (key: string): string => toHex(sha256(fromBase64(key) ?? new Uint8Array())).slice(0, 32);

import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { z } from 'zod';

/**
 * JSON from outside that we carry without knowing its shape. Only what has a canonical text is taken: it can be hashed
 * later without a throw, and it is shallow enough to be walked without using up the stack.
 */
export const plainJson = () => z.custom<Json>(isPlain, { error: 'not plain JSON, or nested too deep' });

function isPlain(value: unknown): boolean {
  try {
    canonicalJson(value as Json); // it looks for itself
    return true;
  } catch {
    return false;
  }
}

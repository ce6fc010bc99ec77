import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { z } from 'zod';

/**
 * JSON from outside that we carry without knowing its shape. Only what has a canonical text is taken: it can be hashed
 * later without a throw, and it is shallow enough to be walked without using up the stack.
 */
export const plainJson = () => z.custom<Json>(isPlain, { error: 'not plain JSON, or nested too deep' });

/**
 * Of values in one text; ours, and far above anything a contract takes. Reading 5 MiB of empty lists and walking them takes
 * seconds, in which nothing else happens; 5 MiB of one text take none.
 */
export const JSON_VALUES_MAX = 10_000;

/** Counted by what stands between values, also where that is inside of a text: cheap enough to be asked before anything is read. */
export function isCrowded(text: string): boolean {
  let values = 0;
  for (const mark of [',', '[', '{']) for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) if (++values > JSON_VALUES_MAX) return true;
  return false;
}

function isPlain(value: unknown): boolean {
  try {
    canonicalJson(value as Json); // it looks for itself
    return true;
  } catch {
    return false;
  }
}

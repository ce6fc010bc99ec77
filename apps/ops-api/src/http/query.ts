import { err, ok, type Result } from '@argus/kit/result.ts';
import { denyWith, type Denial } from '@argus/protocol/errors.ts';
import { problemsOf } from '@argus/protocol/problems.ts';
import type { z } from 'zod';

/**
 * Query parameters are declared, as bodies are. One that is not is refused by its name: a filter that was misspelled
 * must not answer with everything, and a secret does not belong in an address.
 */
export function readQuery(schema: z.ZodObject | undefined, raw: unknown): Result<unknown, Denial> {
  const given = (raw ?? {}) as Readonly<Record<string, unknown>>; // the HTTP server's own parser made it
  const takes = schema ? Object.keys(schema.shape) : [];
  const problems: string[] = [];
  for (const name in given) {
    if (!takes.includes(name)) problems.push(`${shown(name)} is not a query parameter of this route; it takes ${takes.join(', ') || 'none'}`);
    else if (typeof given[name] !== 'string') problems.push(`${name}: is given more than once`);
    else if (given[name].includes('\0')) problems.push(`${name}: has characters that do not print`); // PostgreSQL takes it in no text
  }
  if (problems.length > 0) return err(denyWith('bad_request', { problems: problems.slice(0, PROBLEMS_MAX) }));
  if (!schema) return ok(given);
  const parsed = schema.safeParse(given);
  return parsed.success ? ok(parsed.data) : err(denyWith('bad_request', { problems: problemsOf(parsed.error, given) }));
}

const PROBLEMS_MAX = 20;
/** Shorter than any secret of ours: a token that slipped into the place of a name is not repeated. */
const shown = (name: string): string => (/^[A-Za-z][\w.-]{0,23}$/.test(name) ? name : 'a name that cannot be shown');

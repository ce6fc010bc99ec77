import { utf8 } from '@argus/kit/bytes.ts';
import type { Json } from '@argus/kit/canonical-json.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { z } from 'zod';
import { deny, denyWith, type Denial } from '../errors.ts';
import { problemsOf } from '../problems.ts';

export interface Contract<N extends string, A extends z.ZodObject, R extends z.ZodType<Json>> {
  readonly name: N;
  readonly summary: string; // CLI help, console tooltip, docs page: one sentence, written once
  readonly risk: 'read' | 'view' | 'write';
  readonly args: A; // every field classified; what audit may keep is derived from it
  readonly result: R;
  readonly timeoutMs: number;
  readonly resultBytesMax: number;
  readonly argsBytesMax?: number; // of all arguments together, as JSON; ARGS_BYTES_USUAL when unset
  readonly names?: 'camera'; // its argument of this name says which camera, and a consent may allow some only
  readonly guard?: (args: z.infer<A>) => Denial | null; // pure
  readonly example: z.input<A>; // shown in the docs, sent by the flow test
}

/** As much as a request could carry before any command needed more. */
export const ARGS_BYTES_USUAL = 65_536;

/** Adds `parse`: shape, then guard. The API parses to fail early; the agent parses because it trusts nobody. */
export function defineCommand<const N extends string, A extends z.ZodObject, R extends z.ZodType<Json>>(
  contract: Contract<N, A, R>,
) {
  const parse = (raw: unknown): Result<z.infer<A>, Denial> => {
    const args = contract.args.safeParse(raw);
    if (!args.success) return err(denyWith('bad_args', { problems: problemsOf(args.error, raw) }));
    const most = contract.argsBytesMax ?? ARGS_BYTES_USUAL;
    if (utf8(JSON.stringify(args.data)).length > most) return err(denyWith('bad_args', { problems: [`they are too long; at most ${most} bytes as JSON`] }));
    const denial = contract.guard?.(args.data);
    return denial ? err(denial) : ok(args.data);
  };
  const parseResult = (raw: unknown): Result<z.infer<R>, Denial> => {
    const result = contract.result.safeParse(raw);
    return result.success ? ok(result.data) : err(deny('bad_frame', `result of ${contract.name} does not fit`));
  };
  return { ...contract, parse, parseResult };
}

export { problemsOf } from '../problems.ts'; // beside `parse`, where its callers look for it

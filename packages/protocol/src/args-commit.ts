import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { concatBytes, toHex, utf8 } from '@argus/kit/bytes.ts';
import { z } from 'zod';
import { classOf } from './classify.ts';
import { sha256Hex } from './text.ts';

/**
 * What a log entry says of arguments: public scalars in clear, everything else as a salted digest, so the
 * entry pins the arguments without giving them away. The salt stays beside the row and travels with the command.
 */
export const ArgsCommit = z.record(
  z.string().max(64),
  z.union([z.string().max(4_096), z.number(), z.boolean(), z.object({ sha256: sha256Hex() })]),
);
export type ArgsCommit = z.infer<typeof ArgsCommit>;
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

export function commitArgs(
  schema: z.ZodObject,
  args: Readonly<Record<string, unknown>>,
  { salt, sha256 }: { readonly salt: Uint8Array; readonly sha256: Sha256 },
): ArgsCommit {
  const commit = new Map<string, ArgsCommit[string]>();
  for (const [name, value] of Object.entries(args)) {
    if (value === undefined) continue;
    // The name is hashed too, so a digest cannot be moved from one argument to another.
    const digest = () => toHex(sha256(concatBytes(salt, utf8(canonicalJson({ [name]: value as Json }))))); // it checks
    commit.set(name, isPublic(schema, name) && isScalar(value) ? value : { sha256: digest() });
  }
  return Object.fromEntries(commit); // assigned one by one, a member named __proto__ would be lost
}

/** Do two commits say the same of the same arguments? */
export const sameCommit = (a: ArgsCommit, b: ArgsCommit): boolean => canonicalJson(a) === canonicalJson(b);

const isPublic = (schema: z.ZodObject, name: string): boolean =>
  Object.hasOwn(schema.shape, name) && classOf(schema.shape[name] as z.ZodType) === 'public'; // zod: shape is untyped

const isScalar = (value: unknown): value is string | number | boolean =>
  (typeof value === 'string' && value.length <= 1_024) || typeof value === 'number' || typeof value === 'boolean';

import { canonicalJson, parseCanonical, type Json } from '@argus/kit/canonical-json.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { z } from 'zod';
import { ConsentHours } from './consent-hours.ts';
import { scopeText, type CarriedScope } from './consent-scope.ts';
import { id } from './ids.ts';
import { plainJson } from './json.ts';
import { KeepResults } from './kept.ts';
import { OperatorKey, type VerifyText } from './operator-proof.ts';
import { problemsOf } from './problems.ts';
import { signedText } from './signature.ts';
import { base64Of32, base64Of64, isoTimeText, sha256Hex } from './text.ts';

/**
 * A consent in the tenant's own hand: signed with a key that no server has, and read by the machine itself. Every side of
 * it is said, `*` for all; a field that is not known here could be a narrower one, so a receipt that has one is not read.
 */
export const RECEIPT_TEXT_MAX = 32_768;
export const ALL = '*';

const listed = <T extends z.ZodType<string, string>>(one: T, max: number) =>
  z.union([
    z.literal(ALL),
    z
      .array(one)
      .max(max)
      .refine((names) => new Set(names).size === names.length, { error: 'names one twice' }),
  ]);

export const Receipt = z
  .strictObject({
    v: z.literal(1),
    instance: id('instance'),
    tenant: id('tenant'),
    agents: listed(id('agent'), 256),
    commands: listed(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, { error: 'not the name of a command' }), 64),
    cameras: listed(id('camera'), 256),
    hours: ConsentHours.optional(),
    document_sha256: sha256Hex(),
    serial: z.int().min(1), // a machine takes none below the highest it has seen
    not_before: isoTimeText(),
    not_after: isoTimeText(),
    operator_keys: z.array(OperatorKey).min(1).max(16).optional(),
    keep_results: KeepResults.optional(), // absent: nothing is kept but digests
  })
  .refine(({ not_before, not_after }) => not_before < not_after, { error: 'ends before it begins', path: ['not_after'] });
export type Receipt = z.infer<typeof Receipt>;

/** As it is kept and sent: canonical JSON with the key beside it, so that anybody can tell whose it says it is. */
const SignedReceipt = z.strictObject({ key: base64Of32(), receipt: plainJson(), signature: base64Of64() });

/** `signed` is what the signature is over: the receipt as it came. */
export type ReadReceipt = { readonly receipt: Receipt; readonly signed: Json; readonly key: string; readonly signature: string };

export const receiptText = (receipt: Receipt, { key, signature }: Pick<ReadReceipt, 'key' | 'signature'>): string => canonicalJson({ key, receipt: valueOf(receipt), signature });

/** What is signed. Absent means omitted. */
export function valueOf({ hours, operator_keys, keep_results, ...rest }: Receipt): Json {
  return { ...rest, ...(hours !== undefined && { hours }), ...(operator_keys !== undefined && { operator_keys }), ...(keep_results !== undefined && { keep_results }) };
}

/** Its shape and nothing else: who signed it is asked with `isSigned`. */
export function readReceipt(text: string): Result<ReadReceipt, string> {
  if (text.length > RECEIPT_TEXT_MAX) return err('the receipt is too long');
  const json = parseCanonical(text);
  if (!json.ok) return err(`the receipt is ${json.error}`);
  const signed = SignedReceipt.safeParse(json.value);
  if (!signed.success) return err(`the receipt does not fit: ${problemsOf(signed.error).join('; ')}`);
  const receipt = Receipt.safeParse(signed.data.receipt);
  if (!receipt.success) return err(`the receipt does not fit: ${problemsOf(receipt.error).join('; ')}`);
  return ok({ receipt: receipt.data, signed: signed.data.receipt, key: signed.data.key, signature: signed.data.signature });
}

/** By the key it names. Whether that is the right key only a machine knows that has it pinned. */
export const isSigned = ({ key, signed, signature }: ReadReceipt, verify: VerifyText): boolean => verify(key, signedText('consent', signed), signature);

/** The same checks as for a consent that was recorded. Null: everything. */
export function scopeOfReceipt({ agents, commands, cameras, hours }: Receipt): CarriedScope | null {
  if (agents === ALL && commands === ALL && cameras === ALL && hours === undefined) return null;
  return { ...(agents !== ALL && { agents }), ...(commands !== ALL && { commands }), ...(cameras !== ALL && { cameras }), ...(hours !== undefined && { hours }) };
}

/** Do two scopes name the same, in whatever order? */
export const isSameScope = (a: CarriedScope | null, b: CarriedScope | null): boolean => scopeText(sorted(a)) === scopeText(sorted(b));

function sorted(scope: CarriedScope | null): CarriedScope | null {
  if (scope === null) return null;
  const { agents, commands, cameras, hours } = scope;
  if (!agents && !commands && !cameras && !hours) return null;
  return { ...(agents && { agents: agents.toSorted() }), ...(commands && { commands: commands.toSorted() }), ...(cameras && { cameras: cameras.toSorted() }), ...(hours && { hours }) };
}

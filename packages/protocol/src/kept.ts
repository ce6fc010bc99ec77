/**
 * Results that are kept for the tenant: where the consent says so, and sealed to the key it names, so that nobody else reads
 * them. The machine seals, to the key of the consent as it verified it itself. Without such a word in the consent nothing is kept.
 */
import { concatBytes, fromBase64 } from '@argus/kit/bytes.ts';
import { canonicalJson, parseCanonical, type Json } from '@argus/kit/canonical-json.ts';
import { z } from 'zod';
import type { AgentId, InstanceId, RequestId, SessionId, TenantId } from './ids.ts';
import { base64Of32, base64Of64, sha256Hex } from './text.ts';

export const KEPT_DAYS_MAX = 3_650;
/** Sealed. Above the largest result there is, a picture. */
export const KEPT_BYTES_MAX = 8 * 1_048_576;

/** In a consent: may results be kept, for how long, and who alone can read them. */
export const KeepResults = z.strictObject({
  key: base64Of32(), // X25519, of the tenant
  days: z.int().min(1).max(KEPT_DAYS_MAX),
});
export type KeepResults = z.infer<typeof KeepResults>;

/** As the entries of a consent and of an activation have it. */
export const keepText = ({ key, days }: KeepResults): string => canonicalJson({ days, key });

/** Null: nothing is kept. What cannot be read allows nothing. */
export function readKeep(text: unknown): KeepResults | null {
  const json = typeof text === 'string' ? parseCanonical(text) : null;
  const read = json?.ok ? KeepResults.safeParse(json.value) : null;
  return read?.success ? read.data : null;
}

export const isSameKeep = (a: KeepResults | null | undefined, b: KeepResults | null | undefined): boolean => (a && b ? keepText(a) === keepText(b) : !a && !b);

/** Which result it is. All of it is bound to the sealed text: put in the place of another one, it does not open. */
export type KeptOf = {
  readonly instance: InstanceId;
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly session: SessionId;
  readonly request_id: RequestId;
  readonly result_sha256: string; // hex: of the exact text of the result
};
export const keptContext = ({ instance, tenant, agent, session, request_id, result_sha256 }: KeptOf): string => canonicalJson({ v: 1, instance, tenant, agent, session, request_id, result_sha256 });

/** What is kept: ephemeral public key (32) ‖ ciphertext ‖ tag (16). */
export const sealedBytes = (ephemeral: Uint8Array, ciphertext: Uint8Array): Uint8Array => concatBytes(ephemeral, ciphertext);

/** What the machine puts its signature under: that it sealed this very result, to this key. */
export const signedKept = (of: KeptOf, { key, sealed_sha256 }: { readonly key: string; readonly sealed_sha256: string }): Json => ({ v: 1, ...of, key, sealed_sha256 });

/**
 * On the last part of a reply. The text is in it anyway, so the server is given the key of this one text and seals it once
 * more, byte for byte, instead of being sent it twice. That key opens nothing else; whose key it is for, the machine has decided.
 */
export const KeptReply = z.object({
  key: base64Of32(), //         of the tenant, as in the consent
  ephemeral: base64Of32(), //   public
  content_key: base64Of32(), // of this text alone
  sealed_sha256: sha256Hex(),
  signature: base64Of64(), //   over `signedKept`
});
export type KeptReply = z.infer<typeof KeptReply>;

/** The tenant's key on disk: whose it is in clear, the secret under a passphrase. Beside it, the file that has the public half alone. */
export const RESULTS_KEY = 'argus-results-key';
export const RESULTS_PUBLIC_KEY = 'argus-results-public-key';

/** Of either file. Null: it is none of the two. */
export function readResultsPublicKey(text: string): string | null {
  const file = fieldsIn(text);
  const key = file?.['v'] === 1 && (file['kind'] === RESULTS_KEY || file['kind'] === RESULTS_PUBLIC_KEY) ? file['public_key'] : null;
  return typeof key === 'string' && fromBase64(key)?.length === 32 ? key : null;
}

export function fieldsIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const raw: unknown = JSON.parse(text);
    return typeof raw === 'object' && raw !== null ? (raw as Readonly<Record<string, unknown>>) : null; // each field is looked at by whoever reads it
  } catch {
    return null;
  }
}

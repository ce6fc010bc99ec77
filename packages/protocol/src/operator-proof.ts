import { fromBase64 } from '@argus/kit/bytes.ts';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { err } from '@argus/kit/result.ts';
import { z } from 'zod';
import type { Sha256 } from './args-commit.ts';
import type { AgentId, InstanceId, TenantId } from './ids.ts';
import { signedText } from './signature.ts';
import { base64Of32, base64Of64, isoTimeText } from './text.ts';
import { readPasskeyProof } from './webauthn.ts';

/**
 * Who asked for a session, shown by a key that the tenant named and the server does not have. Each kind of key brings its
 * own way of signing; what is signed is the same for all. A kind that is not known here is refused, never passed over.
 */
/** How a passkey signs. A kind of its own each: what a key is for is never taken from what came with it. */
export const PASSKEY_ALGORITHMS = ['ES256', 'EdDSA', 'RS256'] as const;
export type PasskeyAlgorithm = (typeof PASSKEY_ALGORITHMS)[number];

/** Bytes in standard base64, in one spelling. */
export const base64Bytes = (maxBytes: number) =>
  z
    .string()
    .max(Math.ceil(maxBytes / 3) * 4)
    .refine((text) => text !== '' && fromBase64(text) !== null, { error: 'not bytes in base64' });

/** SPKI; the longest is RSA with 4096 bits. */
export const passkeyPublicKey = () => base64Bytes(600);
/** A domain name, or localhost. Browsers take no address for one. */
export const rpIdText = () => z.string().max(253).regex(/^(localhost|([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9])$/, { error: 'not a domain name' });
/** As browsers write one. Without TLS this very machine only. */
const originText = () => z.string().max(300).regex(/^(https:\/\/[a-z0-9.-]+|http:\/\/localhost)(:[1-9][0-9]{0,4})?$/, { error: 'not an origin over https' });

const PasskeyOperatorKey = z
  .strictObject({
    kind: z.literal('passkey'),
    alg: z.enum(PASSKEY_ALGORITHMS),
    public_key: passkeyPublicKey(),
    rp_id: rpIdText(), // the site it was made for
    origins: z
      .array(originText())
      .min(1)
      .max(8)
      .refine((all) => new Set(all).size === all.length, { error: 'names one twice' }),
  })
  .refine(({ rp_id, origins }) => origins.every((origin) => isOriginOf(origin, rp_id)), { error: 'an origin is not of the site', path: ['origins'] });
export type PasskeyOperatorKey = z.infer<typeof PasskeyOperatorKey>;

/** May a page there use passkeys of that site? */
export function isOriginOf(origin: string, rpId: string): boolean {
  const host = /^https?:\/\/([^/:]+)/.exec(origin)?.[1] ?? '';
  return host === rpId || host.endsWith(`.${rpId}`);
}

export const OperatorKey = z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('ed25519'), public_key: base64Of32() }), PasskeyOperatorKey]);
export type OperatorKey = z.infer<typeof OperatorKey>;

const nonceAndTime = {
  nonce: z.string().regex(/^[A-Za-z0-9_-]{22,128}$/, { error: 'not 16 or more random bytes' }),
  timestamp: isoTimeText(),
};

const PasskeyProof = z.strictObject({
  kind: z.literal('passkey'),
  public_key: passkeyPublicKey(),
  ...nonceAndTime,
  authenticator_data: base64Bytes(256),
  client_data: base64Bytes(1_024), // its challenge is the SHA-256 of `proofText`
  signature: base64Bytes(512),
});
export type PasskeyProof = z.infer<typeof PasskeyProof>;

export const OperatorProof = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('ed25519'),
    public_key: base64Of32(),
    ...nonceAndTime,
    signature: base64Of64(), // Ed25519 over `proofText`
  }),
  PasskeyProof,
]);
export type OperatorProof = z.infer<typeof OperatorProof>;

/** What the operator asked for. The session has no id yet: the nonce, which counts once, stands in for it. */
export type ProvedActivation = {
  readonly instance: InstanceId;
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly operator: string;
  readonly reason: string;
  readonly minutes: number;
};

export const provedValue = ({ instance, tenant, agent, operator, reason, minutes }: ProvedActivation, { nonce, timestamp }: Pick<OperatorProof, 'nonce' | 'timestamp'>): Json => ({
  v: 1,
  instance,
  tenant,
  agent,
  operator,
  reason,
  minutes,
  nonce,
  timestamp,
});

/** The text under an Ed25519 signature. Its SHA-256 is the hash of the activation: a passkey signs that, as its challenge. */
export const proofText = (asked: ProvedActivation, proof: Pick<OperatorProof, 'nonce' | 'timestamp'>): string => signedText('operator-proof', provedValue(asked, proof));

/** As the entry of an activation has it. */
export const proofInLeaf = (proof: OperatorProof): string => canonicalJson(proof);

export type VerifyText = (publicKey: string, text: string, signature: string) => boolean;
/** Did this passkey sign this? ES256 in DER, EdDSA raw, RS256 as PKCS#1. */
export type VerifyPasskey = (key: Pick<PasskeyOperatorKey, 'alg' | 'public_key'>, message: Uint8Array, signature: Uint8Array) => boolean;

export type ProofCheck = { readonly keys: readonly OperatorKey[]; readonly asked: ProvedActivation; readonly verify: VerifyText; readonly passkey: VerifyPasskey; readonly sha256: Sha256 };

/** Why it does not show that one of these keys asked for this; null: it does. Whether it is fresh and new is not asked here. */
export function proofProblem(proof: OperatorProof | undefined, { keys, asked, verify, passkey, sha256 }: ProofCheck): string | null {
  if (proof === undefined) return 'the receipt asks for a proof of the operator, and none came';
  const key = keys.find(({ kind, public_key }) => kind === proof.kind && public_key === proof.public_key);
  if (key === undefined) return 'the proof is by a key the receipt does not name';
  const [text, unsigned] = [proofText(asked, proof), 'the signature of the proof is not over this activation'];
  if (proof.kind === 'ed25519') return verify(proof.public_key, text, proof.signature) ? null : unsigned;
  // The site and its pages are those the tenant signed, never what came with the proof.
  const read = key.kind === 'passkey' ? readPasskeyProof(proof, text, { key, sha256 }) : err('of another kind');
  if (!read.ok) return `the passkey of the proof: ${read.error}`;
  return key.kind === 'passkey' && passkey(key, read.value.message, read.value.signature) ? null : unsigned;
}

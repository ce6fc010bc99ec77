import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { z } from 'zod';
import type { AgentId, InstanceId, TenantId } from './ids.ts';
import { signedText } from './signature.ts';
import { base64Of32, base64Of64, isoTimeText } from './text.ts';

/**
 * Who asked for a session, shown by a key that the tenant named and the server does not have. Each kind of key brings its
 * own way of signing; what is signed is the same for all. A kind that is not known here is refused, never passed over.
 */
export const OperatorKey = z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('ed25519'), public_key: base64Of32() })]);
export type OperatorKey = z.infer<typeof OperatorKey>;

export const OperatorProof = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('ed25519'),
    public_key: base64Of32(),
    nonce: z.string().regex(/^[A-Za-z0-9_-]{22,128}$/, { error: 'not 16 or more random bytes' }),
    timestamp: isoTimeText(),
    signature: base64Of64(), // Ed25519 over `proofText`
  }),
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

/** Why it does not show that one of these keys asked for this; null: it does. Whether it is fresh and new is not asked here. */
export function proofProblem(proof: OperatorProof | undefined, { keys, asked, verify }: { readonly keys: readonly OperatorKey[]; readonly asked: ProvedActivation; readonly verify: VerifyText }): string | null {
  if (proof === undefined) return 'the receipt asks for a proof of the operator, and none came';
  if (!keys.some((key) => key.kind === proof.kind && key.public_key === proof.public_key)) return 'the proof is by a key the receipt does not name';
  return verify(proof.public_key, proofText(asked, proof), proof.signature) ? null : 'the signature of the proof is not over this activation';
}

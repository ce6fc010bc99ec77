import type { InstanceId, AgentId, RequestId, SessionId, TenantId } from './ids.ts';

/** A refusal of something that is nowhere in the log answers no entry. */
export const NO_LEAF = '0'.repeat(64);

/** The values agents put their signature under. Absent means omitted. */
export type SignedReply = {
  readonly instance: InstanceId;
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly session: SessionId;
  readonly request_id: RequestId;
  readonly leaf_hash: string; //     hex: which intent this answers
  readonly result_sha256: string; // hex: of the result's exact text, or of nothing when refused
  readonly at: string;
} & ({ readonly ok: true } | { readonly code: string });

export type SignedEnd = {
  readonly instance: InstanceId;
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly session: SessionId;
  readonly how: string;
  readonly at: string;
};

export type SignedEnrollment = {
  readonly code_sha256: string; // hex: the proof is for this code and no other
  readonly public_key: string; //  base64, raw Ed25519
  readonly at: string;
};

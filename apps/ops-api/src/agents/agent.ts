import type { AgentId, TenantId } from '@argus/protocol/ids.ts';

/** A machine's place in our books. Without keys nobody has enrolled it yet; a revoked id is never used again. */
export type Agent = {
  readonly id: AgentId;
  readonly tenant: TenantId;
  readonly createdAt: number;
  readonly keys: { readonly publicKey: string; readonly sealedPasskey: Uint8Array } | null;
  readonly revokedAt: number | null;
  readonly version: string | null;
  readonly platform: string | null;
  readonly lastSeenAt: number | null;
  /** Advisory, exact text; no code path reads it to decide anything. */
  readonly manifest: { readonly text: string; readonly takenAt: number } | null;
};

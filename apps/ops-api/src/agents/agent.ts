import { isoTime } from '@argus/kit/clock.ts';
import type { AgentView } from '@argus/protocol/http/shapes.ts';
import type { AgentId, SessionId, TenantId } from '@argus/protocol/ids.ts';

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

export const agentView = (agent: Agent, { online, session }: { online: boolean; session: SessionId | null }): AgentView => ({
  id: agent.id,
  tenant_id: agent.tenant,
  state: agent.revokedAt !== null ? 'revoked' : online ? 'online' : agent.keys === null ? 'code_issued' : 'offline',
  version: agent.version,
  platform: agent.platform,
  last_seen: agent.lastSeenAt === null ? null : isoTime(agent.lastSeenAt),
  session,
});

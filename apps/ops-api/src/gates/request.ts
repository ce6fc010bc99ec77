import { isoTime } from '@argus/kit/clock.ts';
import type { Gate } from '@argus/kit/gate.ts';
import type { Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import type { Agent } from '../agents/agent.ts';
import { maySee, type Principal } from '../people/principal.ts';

/** The gates of every ladder whose body names a tenant, says when it was sent, and may be used once. */
export type RequestFacts = {
  readonly principal: () => Promise<Principal | null>;
  readonly request: () => Result<{ readonly tenant_id: TenantId; readonly timestamp: string }, Denial>;
  readonly now: number;
  readonly agent: () => Promise<Agent | null>;
  readonly burnNonce: () => Promise<boolean>; // atomic and irreversible, therefore last
};
type RequestGate<K extends keyof RequestFacts> = Gate<Pick<RequestFacts, K>, Denial>;

export const FRESH_MS = 60_000;

export const request: RequestGate<'request'> = {
  name: 'request',
  check: (f) => {
    const asked = f.request();
    return asked.ok ? null : asked.error;
  },
};

export const fresh: RequestGate<'request' | 'now'> = {
  name: 'fresh',
  check: (f) => {
    const asked = f.request();
    const offBy = asked.ok ? Math.abs(f.now - Date.parse(asked.value.timestamp)) : Number.NaN;
    return offBy <= FRESH_MS ? null : denyWith('stale_request', { server_time: isoTime(f.now) });
  },
};

export const agent: RequestGate<'request' | 'agent' | 'principal'> = {
  name: 'agent',
  check: async (f) => {
    const [asked, found, principal] = [f.request(), await f.agent(), await f.principal()];
    const isFound = asked.ok && found && principal && found.revokedAt === null && found.tenant === asked.value.tenant_id && maySee(principal, found.tenant);
    return isFound ? null : deny('agent_not_found'); // one answer for unknown, revoked, another's and not yours
  },
};

export const nonce: RequestGate<'burnNonce'> = { name: 'nonce', check: async (f) => ((await f.burnNonce()) ? null : deny('nonce_replayed')) };

import { isoTime } from '@argus/kit/clock.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import type { AgentId, NodeId, SessionId, TenantId, TokenId } from '@argus/protocol/ids.ts';

type Base = {
  readonly id: SessionId;
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly operator: string;
  readonly tokenId: TokenId; // the credential it was opened with; no other one may use it
  readonly reason: string;
  readonly minutes: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly node: NodeId; //  who holds the socket,
  readonly epoch: number; // and since which of its starts
};

/** How a session can end. */
export const ENDINGS = {
  deactivate: 'The operator ended it.',
  expired: 'Its time was up.',
  disarmed: 'The tenant was disarmed.',
  consent_withdrawn: 'The tenant withdrew its consent.',
  agent_lost: 'The agent was gone for longer than the lease, or restarted.',
  tenant_kill_switch: 'The tenant switched remote support off on the machine.',
  agent_revoked: 'The enrollment of the agent was revoked.',
  agent_refused: 'The agent refused to wake for it.',
  not_acknowledged: 'The agent did not acknowledge it in time.',
  server_shutdown: 'The server that held it stopped or restarted.',
} as const;
export type EndedBy = keyof typeof ENDINGS;

export type Session =
  | (Base & { readonly state: 'activating' | 'active' })
  | (Base & { readonly state: 'ended'; readonly endedAt: number; readonly endedBy: EndedBy });

/** Active and in its time: checked on every use, so expiry needs no timer to have fired. */
export const isLive = (s: Session, now: number): boolean => s.state === 'active' && now < s.expiresAt;

/** For an agent: is anything in the way of a new session? An expired one is not, even if nobody ended it yet. */
export const isInTheWay = (s: Session | null, now: number): boolean => s !== null && s.state !== 'ended' && now < s.expiresAt;

/** One whose time is up has ended, also when nobody has written that down yet. */
export const sessionView = (s: Session, now: number): SessionView => ({
  session_id: s.id,
  tenant_id: s.tenant,
  agent_id: s.agent,
  operator: s.operator,
  reason: s.reason,
  state: isOver(s, now) ? 'ended' : s.state,
  minutes: s.minutes,
  created_at: isoTime(s.createdAt),
  expires_at: isoTime(s.expiresAt),
  ended_at: s.state === 'ended' ? isoTime(s.endedAt) : isOver(s, now) ? isoTime(s.expiresAt) : null,
  ended_by: s.state === 'ended' ? s.endedBy : isOver(s, now) ? 'expired' : null,
});
const isOver = (s: Session, now: number) => s.state === 'ended' || now >= s.expiresAt;

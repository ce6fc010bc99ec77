import { isoTime } from '@argus/kit/clock.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import type { AgentId, CredentialId, NodeId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { ACTORS } from '@argus/protocol/leaf.ts';

type Base = {
  readonly id: SessionId;
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly operator: string;
  readonly tokenId: CredentialId; // what it was opened with, a token or a sign-in; no other one may use it
  readonly reason: string;
  readonly minutes: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly node: NodeId; //  who holds the socket,
  readonly epoch: number; // and since which of its starts
};

/** How a session can end. */
export const ENDINGS = {
  deactivate: 'An operator ended it, or revoked the token it was opened with.',
  expired: 'Its time was up.',
  disarmed: 'The tenant was disarmed, or another consent than the asserted one was recorded.',
  consent_withdrawn: 'The tenant withdrew its consent.',
  agent_lost: 'The agent was gone for longer than the lease, restarted, or came back on another node.',
  tenant_kill_switch: 'The tenant switched remote support off on the machine.',
  agent_revoked: 'The enrollment of the agent was revoked.',
  agent_refused: 'The agent refused to wake for it.',
  not_acknowledged: 'The agent did not acknowledge it in time.',
  server_shutdown: 'The server that held it stopped or restarted.',
} as const;
export type EndedBy = keyof typeof ENDINGS;

export type EndedWho = { readonly actor: (typeof ACTORS)[number]; readonly operator: string | null };

/** The agent's own, signed word that the session is over on its side. Only one that was awake has anything to say. */
export type LastWord =
  | { readonly is: 'not_expected' }
  | { readonly is: 'awaited'; readonly dueAt: number; readonly failedAt: number | null } // failedAt: when its absence was put on record
  | { readonly is: 'signed'; readonly at: number; readonly how: string; readonly agentAt: number };

/**
 * How long after an end the agent may take to say its last word. Longer than the longest wait between two dials of an
 * agent that was cut off (60 s), so that a bad line alone is no alarm.
 */
export const LAST_WORD_WITHIN_MS = 120_000;

export type Session =
  | (Base & { readonly state: 'activating' | 'active' })
  | (Base & {
      readonly state: 'ended';
      readonly endedAt: number;
      readonly endedBy: EndedBy;
      readonly endedWho: EndedWho | null; // null: ended before this was kept
      readonly lastWord: LastWord;
    });

/** Active and in its time: checked on every use, so expiry needs no timer to have fired. */
export const isLive = (s: Session, now: number): boolean => s.state === 'active' && now < s.expiresAt;

/** For an agent: is anything in the way of a new session? An expired one is not, even if nobody ended it yet. */
export const isInTheWay = (s: Session | null, now: number): boolean => s !== null && s.state !== 'ended' && now < s.expiresAt;

/** One whose time is up has ended, also when nobody has written that down yet. */
export const sessionView = (s: Session, now: number, asks: CredentialId): SessionView => ({
  session_id: s.id,
  tenant_id: s.tenant,
  agent_id: s.agent,
  operator: s.operator,
  yours: s.tokenId === asks,
  reason: s.reason,
  state: isOver(s, now) ? 'ended' : s.state,
  minutes: s.minutes,
  created_at: isoTime(s.createdAt),
  expires_at: isoTime(s.expiresAt),
  ended_at: s.state === 'ended' ? isoTime(s.endedAt) : isOver(s, now) ? isoTime(s.expiresAt) : null,
  ended_by: s.state === 'ended' ? s.endedBy : isOver(s, now) ? 'expired' : null,
  ended_actor: s.state === 'ended' ? (s.endedWho?.actor ?? null) : isOver(s, now) ? 'server' : null,
  ended_operator: s.state === 'ended' ? (s.endedWho?.operator ?? null) : null,
  last_word: s.state === 'ended' ? lastWordView(s.lastWord, now) : isOver(s, now) ? lastWordView(unwritten(s), now) : null,
});

/** What the record will say once somebody has written the end down. */
const unwritten = (s: Session): LastWord =>
  s.state === 'active' ? { is: 'awaited', dueAt: s.expiresAt + LAST_WORD_WITHIN_MS, failedAt: null } : { is: 'not_expected' };

/** Too late is too late by the clock, also when nobody has put it on record yet. */
function lastWordView(word: LastWord, now: number): SessionView['last_word'] {
  switch (word.is) {
    case 'not_expected':
      return { state: 'not_expected', due_at: null, how: null, at: null };
    case 'awaited':
      return { state: now >= word.dueAt ? 'failed_to_close' : 'awaited', due_at: isoTime(word.dueAt), how: null, at: null };
    case 'signed':
      return { state: 'signed', due_at: null, how: word.how, at: isoTime(word.agentAt) };
    default:
      return word satisfies never;
  }
}
const isOver = (s: Session, now: number) => s.state === 'ended' || now >= s.expiresAt;

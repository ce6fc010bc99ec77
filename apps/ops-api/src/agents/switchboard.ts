import type { Clock } from '@argus/kit/clock.ts';
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import type { AgentId, SessionId } from '@argus/protocol/ids.ts';
import type { LateWord, UpFrame } from '@argus/protocol/frames.ts';
import type { AgentStore, Log } from '../ports.ts';
import type { Link, LinkEvents, LinkIdentity } from './link.ts';
import { createReplyRoom } from './reply-room.ts';

/** Which agents are connected here, each on one line. A replaced line and a silent one are cleaned up alike. */
export type SwitchboardDeps = {
  readonly clock: Clock;
  readonly agents: Pick<AgentStore, 'seen'>;
  readonly heartbeatS: number;
  readonly log: Log;
  readonly onAlarm?: (who: LinkIdentity, alarm: string) => void;
};

/** What the keeper of live sessions wants to know. */
export type SessionWatch = {
  epochOf(session: SessionId): number | null;
  lineLost(agent: AgentId): void;
  /** `holding`: the session that very agent process still has, if any. */
  lineBack(agent: AgentId, holding: SessionId | null): void;
  /** The agent's own, signed word on how its session ended. */
  agentEnded(who: LinkIdentity, ended: AgentEnded): void;
};
/** Who shows machines the log, and hears what they say of it. */
export type LogWatch = {
  arrived(link: Link): void;
  heard(link: Link, heartbeat: Extract<UpFrame, { type: 'heartbeat' }>): void;
};
export type AgentEnded = NonNullable<Extract<UpFrame, { type: 'heartbeat' }>['ended']>;

/** A line is stale when nothing was heard for this many heartbeats. */
const MISSED_HEARTBEATS = 3;
/** A machine that is asleep says after its manifest how its session ended. One that says nothing is not waited for. */
const LAST_WORD_MS = 1_000;
/** Last-seen is a courtesy to people: it is not worth a write per heartbeat. */
const SEEN_EVERY_MS = 60_000;

export function createSwitchboard(deps: SwitchboardDeps) {
  const lines = new Map<AgentId, Link>();
  const seenAt = new Map<AgentId, number>();
  let hearLate: (who: LinkIdentity, words: readonly LateWord[]) => void = () => undefined;
  let logWatch: LogWatch | null = null;
  let watch: SessionWatch = { epochOf: () => null, lineLost: () => undefined, lineBack: () => undefined, agentEnded: () => undefined };

  function noteSeen(agent: AgentId, frame: UpFrame): void {
    const now = deps.clock.now();
    const isFresh = now - (seenAt.get(agent) ?? 0) < SEEN_EVERY_MS;
    if (frame.type !== 'manifest' && isFresh) return;
    seenAt.set(agent, now);
    const manifest = frame.type === 'manifest' ? { text: canonicalJson(frame.manifest), takenAt: now } : null;
    deps.agents.seen(agent, now, manifest).catch((problem: unknown) => deps.log('warn', 'last_seen_not_saved', { problem: String(problem) }));
  }

  const ringing = new WeakMap<Link, ReadonlySet<string>>();
  /** A heartbeat says what is wrong four times a minute; the log says when it began and when it was over. */
  function noteAlarms(link: Link, alarms: ReadonlySet<string>): void {
    const { agent } = link.identity;
    const before = ringing.get(link) ?? new Set();
    for (const alarm of alarms) if (!before.has(alarm)) deps.log('error', 'agent_alarm', { agent, alarm });
    for (const alarm of before) if (!alarms.has(alarm)) deps.log('info', 'agent_alarm_over', { agent, alarm });
    ringing.set(link, alarms);
  }

  const arriving = new Map<Link, () => void>(); // asleep, and not heard out yet: what cancels the waiting

  /** Its own word counts, so it comes before what we would make of its being asleep. */
  function heardOut(link: Link): void {
    const cancel = arriving.get(link);
    if (!cancel) return;
    cancel();
    arriving.delete(link);
    if (lines.get(link.identity.agent) === link) watch.lineBack(link.identity.agent, null);
  }

  const events: LinkEvents = {
    arrived(link, manifest) {
      const { agent } = link.identity;
      const before = lines.get(agent);
      lines.set(agent, link);
      before?.drop('connection_replaced');
      deps.log('info', 'agent_connected', { agent, connection: link.identity.connection });
      noteSeen(agent, manifest);
      logWatch?.arrived(link);
      if (manifest.session !== null) watch.lineBack(agent, manifest.session);
      else arriving.set(link, deps.clock.after(LAST_WORD_MS, () => heardOut(link)));
    },
    heard(link, frame) {
      const { agent } = link.identity;
      noteSeen(agent, frame);
      if (frame.type === 'reply' && frame.end) hearLate(link.identity, [{ request_id: frame.request_id, ...frame.end }]);
      if (frame.type !== 'heartbeat') return;
      logWatch?.heard(link, frame);
      if (frame.late) hearLate(link.identity, frame.late);
      noteAlarms(link, new Set(frame.alarms));
      for (const alarm of frame.alarms ?? []) deps.onAlarm?.(link.identity, alarm);
      if (frame.ended) watch.agentEnded(link.identity, frame.ended);
      heardOut(link);
    },
    isHeld: (session) => watch.epochOf(session),
    room: createReplyRoom(),
    gone(link) {
      const { agent } = link.identity;
      arriving.get(link)?.();
      arriving.delete(link);
      if (lines.get(agent) !== link) return; // replaced: the newer line speaks for it
      lines.delete(agent);
      seenAt.delete(agent);
      deps.log('info', 'agent_disconnected', { agent, connection: link.identity.connection });
      watch.lineLost(agent);
    },
  };

  /** One timer for all lines. */
  function sweep(): void {
    const staleBefore = deps.clock.elapsed() - MISSED_HEARTBEATS * deps.heartbeatS * 1_000;
    for (const link of lines.values()) if (link.lastHeard() < staleBefore) link.drop('agent_lost');
  }

  return {
    events,
    watchWith: (w: SessionWatch) => void (watch = w),
    followWith: (w: LogWatch) => void (logWatch = w),
    /** Who is told of answers that nobody waits for any more. */
    hearLateWith: (hear: typeof hearLate) => void (hearLate = hear),
    line: (agent: AgentId): Link | null => lines.get(agent) ?? null,
    agents: (): readonly AgentId[] => [...lines.keys()],
    count: () => lines.size,
    sweep,
    closeAll: () => [...lines.values()].forEach((link) => link.drop('shutting_down')),
  };
}
export type Switchboard = ReturnType<typeof createSwitchboard>;

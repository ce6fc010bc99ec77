import { climb } from '@argus/kit/gate.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { encodeFrame, parseDown, type ActivateFrame, type ConsistencyFrame, type Counters, type UpFrame } from '@argus/protocol/frames.ts';
import type { SessionId } from '@argus/protocol/ids.ts';
import type { Accepted } from './accept-log.ts';
import { createActs } from './acts.ts';
import { minutesOf, wakeLadder } from './admit.ts';
import { createCommandsInFlight, type Line } from './commands-in-flight.ts';
import { scopeOf } from './consent.ts';
import { createFollowing } from './following.ts';
import { createLogReader } from './log-reader.ts';
import { takeManifest } from './manifest.ts';
import type { AgentDeps } from './ports.ts';
import { genuineReceipt, receiptToWakeBy, seenBy } from './receipt.ts';
import { createSession, endingSaid, type Ended } from './session.ts';
import { createUnheard } from './unheard.ts';

/** Frames in, frames out. Asleep until an activation that is in the owner's log; then awake for one session, on a lease. */
export function createAgent(deps: AgentDeps) {
  const { clock, trust } = deps;
  const counters: Counters = { dropped: 0, refused: 0, unread: 0, commands: 0 };
  let line: Line | null = null;
  let lastEnd: Ended | null = null;
  let isEndSaid = true; // on the line that is up
  let isStopped = false;

  const unheard = createUnheard();
  const send = (frame: UpFrame) => {
    if (frame.type === 'challenge') unheard.challenged(frame.challenge);
    line?.send(encodeFrame(frame));
  };
  const session = createSession(deps, {
    send,
    ended(end) {
      commands.sessionEnded();
      lastEnd = end;
      isEndSaid = false;
      heartbeat();
    },
  });
  const acts = createActs(deps);
  const log = createLogReader(deps, acts, () => session.end('agent_lost'));
  const following = createFollowing(deps, log);
  const commands = createCommandsInFlight(deps, { session, log, acts, unheard, counters, send, heartbeat, line: () => line, lastEnded: () => lastEnd?.session ?? null, isStopped: () => isStopped });

  // ---- waking

  async function onActivate(frame: ActivateFrame): Promise<void> {
    const { outcome } = await log.inTurn(() => admitWaking(frame));
    const refused = await outcome;
    if (!refused) return;
    counters.refused++;
    deps.note('activation_refused', { session: frame.session, code: refused.code, why: refused.internal ?? '' });
    send({ type: 'activated', session: frame.session, indicator: false, code: refused.code });
  }

  async function admitWaking(frame: ActivateFrame): Promise<{ readonly outcome: Promise<Denial | null> }> {
    const place = log.look(frame);
    const pinned = deps.consent.state();
    const now = clock.now();
    const { denial } = await climb(wakeLadder, { frame, trust, now, isAwake: !session.isFree(), isOff: deps.killSwitch.isOff(), pinned, place });
    const found = place(); // a fork is a fork, also in an act that is refused for something else
    const minutes = found.ok ? minutesOf(found.value.leaf) : null;
    const scope = scopeOf(found.ok ? found.value.leaf : null, frame.scope);
    const receipt = receiptToWakeBy({ trust, pinned, now }, found.ok ? found.value.leaf : null, frame.receipt);
    const unseen = pinned.key === null ? null : rememberReceipt(frame, pinned.key, denial === null && found.ok && minutes !== null ? { leaf: found.value.leaf, minutes, proof: frame.operator_proof } : null);
    const isOff = deps.killSwitch.isOff(); // once more: climbing took a moment
    if (denial || unseen || !found.ok || minutes === null || !scope.ok || !receipt.ok || isStopped || isOff) {
      if (!isStopped) log.keepUp(found);
      return { outcome: Promise.resolve(denial ?? unseen ?? deny(isOff ? 'tenant_switched_off' : 'not_in_log')) };
    }
    const stored = log.remember(found.value);
    const waking = session.wake({ session: frame.session, epoch: frame.epoch, leaf: found.value.leaf, minutes, scope: scope.value, receipt: receipt.value, stored });
    return { outcome: waking.then((refused) => acts.cameOf(found.value.leafHash, refused)) };
  }

  /** Every receipt the owner signed counts as seen, also in an activation that is refused; and is on disk before one is acted on. */
  function rememberReceipt(frame: ActivateFrame, key: string, by: Parameters<typeof seenBy>[2]): Denial | null {
    const held = genuineReceipt(trust, key, frame.receipt);
    if (!held.ok) return null;
    try {
      deps.consent.remember(seenBy(held.value, trust, by), clock.now());
      return null;
    } catch (problem) {
      deps.note('consent_not_stored', { problem: String(problem) });
      return deny('activity_not_recorded', 'what was seen of the consent could not be stored');
    }
  }

  async function onConsistency(frame: ConsistencyFrame): Promise<void> {
    if (!(await following.follow(frame))) counters.dropped++;
    else if (!isStopped) heartbeat();
  }

  function heartbeat(): void {
    log.retryStoringFork();
    if (!line) return;
    const late = [...unheard.take()];
    const alarms = [...(log.isForked() ? ['log_forked'] : []), ...(log.isShorter() ? ['log_shorter'] : []), ...(deps.alarms?.() ?? [])];
    const says = { ...following.take(), ...(lastEnd && !isEndSaid && { ended: lastEnd }), ...(alarms.length > 0 && { alarms }), ...(late.length > 0 && { late }) };
    send({ type: 'heartbeat', counters: { ...counters }, ...says });
    isEndSaid = true;
  }

  return {
    heartbeat,
    /** A line is up: the manifest is the first thing on it, and proves that we hold the keys of this connection. */
    connected(sendFrame: Line['send'], unsent?: Line['unsent']): void {
      if (isStopped) return;
      const awake = session.live();
      line = { send: sendFrame, unsent };
      send({ type: 'manifest', manifest: takeManifest(deps), session: awake?.session ?? null });
      heartbeat();
      session.challenge(); // those of the old line were never answered, and the lease is running
    },
    /** An awake agent stays awake for the rest of its lease: only this very process may resume. */
    disconnected(): void {
      line = null;
      commands.lineBroke();
      following.forget(); // whoever asked is gone, and will ask again
      unheard.lineBroke();
      isEndSaid = false; // who knows what of the last things we said still arrived
      if (!session.live()) session.end('agent_lost'); // nobody waits any more for one that is just waking
    },
    async receive(raw: string): Promise<void> {
      if (isStopped) return;
      const frame = parseDown(raw);
      if (!frame.ok) {
        counters.unread++;
        return;
      }
      switch (frame.value.type) {
        case 'activate':
          return onActivate(frame.value);
        case 'command':
          return commands.hear(frame.value);
        case 'args':
          return commands.args(frame.value);
        case 'tick':
          unheard.echoed(frame.value.challenge);
          return session.renew(frame.value);
        case 'deactivate':
          if (session.isFor(frame.value.session)) session.end(endingSaid(frame.value.why));
          return;
        case 'consistency':
          return onConsistency(frame.value);
        case 'error':
        case 'pace':
        case 'move':
          return; // the connection's business, or nobody's
        default:
          return frame.value satisfies never;
      }
    },
    session: (): SessionId | null => session.live()?.session ?? null,
    counters: (): Counters => ({ ...counters }),
    /** The owner threw the switch: over before anybody is told. Answers which session it ended. */
    switchOff(): SessionId | null {
      const ended = session.holding();
      session.switchOff();
      return ended;
    },
    /** The owner accepts what contradicts the log as it was followed. Null: nothing does. */
    async acceptLog(): Promise<Accepted | null> {
      const accepted = await log.inTurn(() => log.accept());
      if (accepted) {
        following.startAgain();
        heartbeat();
      }
      return accepted;
    },
    /** A session stands here that its receipt does not carry any more. */
    isConsentGone: (): boolean => session.isConsentGone(),
    /** The owner pinned a key or revoked a receipt: what does not stand on it any more is over. Answers which session that was. */
    lookAtConsent(): SessionId | null {
      const held = session.holding();
      const ended = session.live() === null ? held : null;
      if (line) send({ type: 'manifest', manifest: takeManifest(deps), session: session.holding() });
      return ended;
    },
    quiet: commands.quiet,
    running: commands.running,
    /** The process is going: nothing may look live that is not, and nothing starts any more. */
    stop(): void {
      isStopped = true;
      session.end('agent_lost');
    },
  };
}

export type Agent = ReturnType<typeof createAgent>;

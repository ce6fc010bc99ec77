import { isoTime } from '@argus/kit/clock.ts';
import { climb } from '@argus/kit/gate.ts';
import { err, type Result } from '@argus/kit/result.ts';
import { contractFor, parseCall } from '@argus/protocol/commands/index.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { encodeFrame, parseDown, type ActivateFrame, type ArgsFrame, type CommandFrame, type ConsistencyFrame, type Counters, type UpFrame } from '@argus/protocol/frames.ts';
import type { SessionId } from '@argus/protocol/ids.ts';
import { NO_LEAF } from '@argus/protocol/signed.ts';
import type { Accepted } from './accept-log.ts';
import { endOf } from './activation.ts';
import { createActs } from './acts.ts';
import { admitLadder, minutesOf, wakeLadder } from './admit.ts';
import { carryOut, msLeftFor, type ResultText } from './carry-out.ts';
import type { Reach } from './commands/index.ts';
import { scopeOf } from './consent.ts';
import { createFollowing } from './following.ts';
import { createFramesTaken } from './frames-taken.ts';
import { createIncomingArgs } from './incoming-args.ts';
import { createLogReader } from './log-reader.ts';
import { takeManifest } from './manifest.ts';
import type { AgentDeps } from './ports.ts';
import { genuineReceipt, receiptToWakeBy, seenBy } from './receipt.ts';
import { replyFrames, wordOf } from './reply.ts';
import { sendInParts } from './send-in-parts.ts';
import { createSession, endingSaid, type Ended } from './session.ts';
import { createUnheard } from './unheard.ts';
import type { NotInLog, Place } from './witness.ts';

type Line = { readonly send: (frame: string) => void; readonly unsent: (() => number) | undefined };

/** Commands that wait for the disk or run. More than this is a flood, and each holds its frame in memory. */
export const IN_FLIGHT_MAX = 32;

/** Frames in, frames out. Asleep until an activation that is in the owner's log; then awake for one session, on a lease. */
export function createAgent(deps: AgentDeps) {
  const { clock, trust, files, patches, machine, cameras } = deps;
  const counters: Counters = { dropped: 0, refused: 0, unread: 0, commands: 0 };
  // no keys, no witness
  const reach: Omit<Reach, 'asked'> = { clock, trust, files, patches, machine, cameras, consent: deps.consent, startedAt: clock.elapsed(), framesTaken: createFramesTaken(clock) };
  let over = new AbortController(); // of the session that is live
  let line: Line | null = null;
  let lastEnd: Ended | null = null;
  let isEndSaid = true; // on the line that is up
  let inFlight = 0;
  let acting = 0; // those that are past every check
  let overtaken = 0; // commands of a session that is over
  let isStopped = false;
  const quietened: (() => void)[] = []; // whom to tell when nothing runs any more

  const unheard = createUnheard();
  const incoming = createIncomingArgs();
  const send = (frame: UpFrame) => {
    if (frame.type === 'challenge') unheard.challenged(frame.challenge);
    line?.send(encodeFrame(frame));
  };
  const session = createSession(deps, {
    send,
    ended(end) {
      over.abort();
      over = new AbortController();
      lastEnd = end;
      isEndSaid = false;
      incoming.forget();
      heartbeat();
    },
  });
  const acts = createActs(deps);
  const log = createLogReader(deps, acts, () => session.end('agent_lost'));
  const following = createFollowing(deps, log);

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

  // ---- commands

  function onArgs(frame: ArgsFrame): void {
    if (session.live()?.session === frame.session) incoming.take(frame);
    else counters.dropped++;
  }

  async function onCommand(heard: CommandFrame): Promise<void> {
    if (!session.live()) {
      counters.dropped++; // dormant: no answer, no look at what it says
      // But for one that was on its way when its session ended: the next proof will start where this one ended.
      if (heard.session === lastEnd?.session && overtaken < IN_FLIGHT_MAX) await followOvertaken(heard);
      return;
    }
    const frame = incoming.whole(heard);
    if (inFlight >= IN_FLIGHT_MAX) {
      const leafHash = await log.inTurn(async () => leafHashOf(log.passOver(frame)));
      return refuse(frame, leafHash, deny('rate_limited', 'too many commands at once'));
    }
    inFlight++;
    try {
      await tryCommand(frame);
    } finally {
      inFlight--;
      if (inFlight === 0) for (const tell of quietened.splice(0)) tell();
    }
  }

  async function followOvertaken(frame: CommandFrame): Promise<void> {
    overtaken++;
    await log.inTurn(async () => log.passOver(frame)).finally(() => overtaken--);
  }

  async function tryCommand(frame: CommandFrame): Promise<void> {
    const heardAt = clock.elapsed();
    const { found, denial, stored, call } = await log.inTurn(() => admit(frame));
    const leafHash = leafHashOf(found);
    if (denial || !found.ok || !call.ok) return refuse(frame, leafHash, denial ?? deny('not_in_log'));
    const forgotten = await stored;
    if (forgotten) return refuse(frame, leafHash, forgotten);
    // Storing took a moment, and so may acting: the kill switch, the lease or the time box beat both.
    const isTooLate = () => session.live()?.session !== frame.session;
    if (isTooLate()) return refuse(frame, leafHash, deny('session_expired'));
    const leftMs = msLeftFor(call.value, clock.elapsed() - heardAt);
    if (leftMs === 0) return refuse(frame, leafHash, deny('rate_limited', 'it waited too long for the disk: nobody waits for it any more'));
    counters.commands++;
    const until = clock.elapsed() + leftMs;
    const isStillWanted = () => !isStopped && !isTooLate() && clock.elapsed() < until;
    const asked = { session: frame.session, operator: session.live()?.operator ?? '', over: over.signal, isStillWanted };
    acting++;
    const { inTime, done } = carryOut(call.value, { ...reach, asked }, { clock, leftMs });
    void done.finally(() => acting--);
    const result = await inTime;
    if (isOutOfTime(result)) {
      refuse(frame, leafHash, result.error);
      // It keeps its place until the handler is through; then there is a word on what became of it, and no result.
      const late = await done;
      acts.cameOf(leafHash, refusalOf(late));
      unheard.note(wordOf(signedReply(frame, leafHash, late)), false);
      return heartbeat();
    }
    if (isTooLate()) {
      const isChanged = contractFor(call.value.name)?.risk === 'write' && !isAbandoned(result);
      if (!isChanged) return refuse(frame, leafHash, deny('session_expired', 'it ended while the command ran; the result is withheld'));
      // It changed the machine all the same, or may have: the log shall say so. Nobody is told the result.
      refuse(frame, leafHash, deny('command_timed_out', 'the session ended while it ran'));
      acts.cameOf(leafHash, refusalOf(result));
      unheard.note(wordOf(signedReply(frame, leafHash, result)), false);
      return heartbeat();
    }
    await answerInParts(frame, leafHash, result);
  }

  /** In turn. Storing starts here and is awaited outside. */
  async function admit(frame: CommandFrame) {
    const place = log.look(frame);
    // The name counts as the log has it; the frame does not even carry one.
    let parsed: ReturnType<typeof parseCall> | null = null; // once: several gates ask, and it may be long
    const call = () => {
      const found: Result<Place, NotInLog> = place();
      return (parsed ??= parseCall(found.ok ? (found.value.leaf.command ?? '') : '', frame.args));
    };
    const awake = session.live();
    const { denial } = await climb(admitLadder, {
      frame,
      trust,
      session: awake?.session ?? null,
      operator: awake?.operator ?? null,
      over: () => (awake ? endOf(awake, clock) : 'agent_lost'),
      scope: awake?.scope ?? null,
      receipt: awake?.receipt ?? null,
      pinned: deps.consent.state(),
      now: clock.now(),
      hasActed: (request) => deps.witness.hasActed(request),
      place,
      call,
    });
    const found = place();
    if (denial) log.keepUp(found);
    return { found, denial, call: call(), stored: denial || !found.ok ? null : log.remember(found.value, frame.request_id) };
  }

  function refuse(frame: CommandFrame, leafHash: string, denial: Denial): void {
    counters.refused++;
    deps.note('command_refused', { request: frame.request_id, code: denial.code, why: denial.internal ?? '' });
    answer(frame, leafHash, err(denial));
  }

  const signedReply = (frame: CommandFrame, leafHash: string, result: ResultText) =>
    replyFrames(trust, deps.identity, { frame, leafHash, result, at: isoTime(clock.now()) });

  function answer(frame: CommandFrame, leafHash: string, result: ResultText): void {
    acts.cameOf(leafHash, refusalOf(result));
    const frames = signedReply(frame, leafHash, result);
    frames.forEach(send);
    if (!isOutOfTime(result)) unheard.note(wordOf(frames), line !== null);
  }

  /** A large result leaves piece by piece, so that challenges get out in between: it must not cost the lease. */
  async function answerInParts(frame: CommandFrame, leafHash: string, result: ResultText): Promise<void> {
    // The answer carries a code only; the owner can read why.
    if (!result.ok) deps.note('command_failed', { request: frame.request_id, code: result.error.code, why: result.error.internal ?? '' });
    const frames = signedReply(frame, leafHash, result);
    if (frames.length === 1) return answer(frame, leafHash, result);
    acts.cameOf(leafHash, refusalOf(result));
    const mine = line;
    const isCutShort = () => line !== mine || session.live()?.session !== frame.session;
    const isWhole = await sendInParts(frames, { clock, send, unsent: () => mine?.unsent?.() ?? 0, isCutShort });
    unheard.note(wordOf(frames), isWhole && line === mine);
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
      incoming.forget();
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
          return onCommand(frame.value);
        case 'args':
          return onArgs(frame.value);
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
    /** Resolves when nothing runs or waits to be refused any more. Nobody can hurry one. */
    quiet: (): Promise<void> => (inFlight === 0 ? Promise.resolve() : new Promise((resolve) => quietened.push(resolve))),
    /** Commands that were past every check, and are not through. */
    running: (): number => acting,
    /** The process is going: nothing may look live that is not, and nothing starts any more. */
    stop(): void {
      isStopped = true;
      session.end('agent_lost');
    },
  };
}
/** That our own time was up says nothing of what became of it. */
const isOutOfTime = (result: ResultText): result is Extract<typeof result, { ok: false }> => !result.ok && result.error.code === 'command_timed_out';
/** The handler itself saw that the session was over, and did nothing. */
const isAbandoned = (result: ResultText): boolean => !result.ok && result.error.code === 'session_expired';
const refusalOf = (result: ResultText): Denial | null => (result.ok ? null : result.error);
const leafHashOf = (found: Result<Place, NotInLog>): string => (found.ok ? found.value.leafHash : NO_LEAF);

export type Agent = ReturnType<typeof createAgent>;

import { isoTime } from '@argus/kit/clock.ts';
import { climb } from '@argus/kit/gate.ts';
import { err, type Result } from '@argus/kit/result.ts';
import { contractFor, parseCall, type Call } from '@argus/protocol/commands/index.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { ArgsFrame, CommandFrame, Counters, UpFrame } from '@argus/protocol/frames.ts';
import { NO_LEAF } from '@argus/protocol/signed.ts';
import { endOf, type Activation } from './activation.ts';
import type { Acts } from './acts.ts';
import { admitLadder } from './admit.ts';
import { carryOut, msLeftFor, type ResultText } from './carry-out.ts';
import type { Reach } from './commands/index.ts';
import { createFramesTaken } from './frames-taken.ts';
import { createIncomingArgs } from './incoming-args.ts';
import { createLargeInTurn } from './large-in-turn.ts';
import type { LogReader } from './log-reader.ts';
import { patchedBy } from './patched.ts';
import type { AgentDeps } from './ports.ts';
import { replyFrames, wordOf } from './reply.ts';
import { sendInParts } from './send-in-parts.ts';
import type { Session } from './session.ts';
import type { Unheard } from './unheard.ts';
import type { NotInLog, Place } from './witness.ts';

/**
 * Every command from its frame to its answer: admitted in the order of the log, stored, carried out, and answered, each
 * exactly once. The end of the session beats all of them, wherever they are.
 */
type Around = {
  readonly session: Pick<Session, 'live'>;
  readonly log: Pick<LogReader, 'inTurn' | 'look' | 'passOver' | 'keepUp' | 'remember'>;
  readonly acts: Pick<Acts, 'cameOf'>;
  readonly unheard: Pick<Unheard, 'note'>;
  readonly counters: Counters;
  readonly send: (frame: UpFrame) => void;
  readonly line: () => Line | null;
  readonly heartbeat: () => void;
  readonly lastEnded: () => string | null; // the session that was live before
  readonly isStopped: () => boolean;
};
export type Line = { readonly send: (frame: string) => void; readonly unsent: (() => number) | undefined };

/** Commands that wait for the disk or run. More than this is a flood, and each holds its frame in memory. */
export const IN_FLIGHT_MAX = 32;
/** Of these so many may have come in parts: each is megabytes, and the heap is small. */
export const LONG_IN_FLIGHT_MAX = 2;

export function createCommandsInFlight(deps: AgentDeps, { session, log, acts, unheard, counters, send, line, heartbeat, lastEnded, isStopped }: Around) {
  const { clock, trust, files, patches, machine, cameras, consent } = deps;
  // no keys, no witness
  const reach: Omit<Reach, 'asked'> = { clock, trust, files, patches, machine, cameras, consent, breathe: deps.breathe, inTurn: createLargeInTurn(deps.breathe), startedAt: clock.elapsed(), framesTaken: createFramesTaken(clock) };
  const incoming = createIncomingArgs();
  let over = new AbortController(); // of the session that is live
  let inFlight = 0;
  let longInFlight = 0;
  let acting = 0; // those that are past every check
  let overtaken = 0; // of a session that is over
  const quietened: (() => void)[] = []; // whom to tell when nothing runs any more

  async function hear(heard: CommandFrame): Promise<void> {
    if (!session.live()) {
      counters.dropped++; // dormant: no answer, no look at what it says
      // But for one that was on its way when its session ended: the next proof will start where this one ended.
      if (heard.session === lastEnded() && overtaken < IN_FLIGHT_MAX) await followOvertaken(heard);
      return;
    }
    const isLong = heard.args_parts !== undefined;
    if (inFlight >= IN_FLIGHT_MAX || (isLong && longInFlight >= LONG_IN_FLIGHT_MAX)) {
      if (isLong) incoming.forget(); // unread
      const leafHash = await log.inTurn(async () => leafHashOf(log.passOver(heard)));
      return refuse(heard, leafHash, deny('rate_limited', 'too many commands at once'));
    }
    inFlight++;
    longInFlight += Number(isLong);
    try {
      await tryIt(incoming.whole(heard));
    } finally {
      inFlight--;
      longInFlight -= Number(isLong);
      if (inFlight === 0) for (const tell of quietened.splice(0)) tell();
    }
  }

  async function followOvertaken(frame: CommandFrame): Promise<void> {
    overtaken++;
    await log.inTurn(async () => log.passOver(frame)).finally(() => overtaken--);
  }

  async function tryIt(frame: CommandFrame): Promise<void> {
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
    await act({ frame, leafHash, call: call.value, leftMs, isTooLate });
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
      pinned: consent.state(),
      now: clock.now(),
      hasActed: (request) => deps.witness.hasActed(request),
      place,
      call,
    });
    const found = place();
    if (denial) log.keepUp(found);
    return { found, denial, call: call(), stored: denial || !found.ok ? null : log.remember(found.value, frame.request_id) };
  }

  type Admitted = { readonly frame: CommandFrame; readonly leafHash: string; readonly call: Call; readonly leftMs: number; readonly isTooLate: () => boolean };
  type Acted = Pick<Admitted, 'frame' | 'leafHash' | 'call'>;

  async function act({ frame, leafHash, call, leftMs, isTooLate }: Admitted): Promise<void> {
    const until = clock.elapsed() + leftMs;
    const isStillWanted = () => !isStopped() && !isTooLate() && clock.elapsed() < until;
    const asked = { session: frame.session, operator: session.live()?.operator ?? '', over: over.signal, isStillWanted };
    acting++;
    const { inTime, done } = carryOut(call, { ...reach, asked }, { clock, leftMs });
    void done.finally(() => acting--);
    const result = await inTime;
    if (isOutOfTime(result)) {
      refuse(frame, leafHash, result.error);
      // It keeps its place until the handler is through; then there is a word on what became of it, and no result.
      return tellLater({ frame, leafHash, call }, await done);
    }
    if (isTooLate()) {
      const isChanged = contractFor(call.name)?.risk === 'write' && !isAbandoned(result);
      if (!isChanged) return refuse(frame, leafHash, deny('session_expired', 'it ended while the command ran; the result is withheld'));
      // It changed the machine all the same, or may have: the log shall say so. Nobody is told the result.
      refuse(frame, leafHash, deny('command_timed_out', 'the session ended while it ran'));
      return tellLater({ frame, leafHash, call }, result);
    }
    await answerInParts({ frame, leafHash, call }, result);
  }

  // ---- answers

  const signedReply = (frame: CommandFrame, leafHash: string, result: ResultText, keep: Activation['keep'] = null) =>
    replyFrames(trust, deps.identity, { frame, leafHash, result, at: isoTime(clock.now()), keep: keep && { as: keep, random: deps.random } });

  function refuse(frame: CommandFrame, leafHash: string, denial: Denial): void {
    counters.refused++;
    deps.note('command_refused', { request: frame.request_id, code: denial.code, why: denial.internal ?? '' });
    answer(frame, leafHash, err(denial));
  }

  const cameOf = ({ leafHash, call }: Acted, result: ResultText) => acts.cameOf(leafHash, refusalOf(result), result.ok ? patchedBy(call) : null);

  function answer(frame: CommandFrame, leafHash: string, result: ResultText): void {
    acts.cameOf(leafHash, refusalOf(result));
    tell(result, signedReply(frame, leafHash, result));
  }

  function tell(result: ResultText, frames: ReturnType<typeof signedReply>): void {
    frames.forEach(send);
    if (!isOutOfTime(result)) unheard.note(wordOf(frames), line() !== null);
  }

  function tellLater(acted: Acted, result: ResultText): void {
    cameOf(acted, result);
    unheard.note(wordOf(signedReply(acted.frame, acted.leafHash, result)), false);
    heartbeat();
  }

  /** A large result leaves piece by piece, so that challenges get out in between: it must not cost the lease. */
  async function answerInParts(acted: Acted, result: ResultText): Promise<void> {
    const { frame, leafHash } = acted;
    // The answer carries a code only; the owner can read why.
    if (!result.ok) deps.note('command_failed', { request: frame.request_id, code: result.error.code, why: result.error.internal ?? '' });
    const frames = signedReply(frame, leafHash, result, session.live()?.keep);
    cameOf(acted, result);
    if (frames.length === 1) return tell(result, frames);
    const mine = line();
    const isCutShort = () => line() !== mine || session.live()?.session !== frame.session;
    const isWhole = await sendInParts(frames, { clock, send, unsent: () => mine?.unsent?.() ?? 0, isCutShort });
    unheard.note(wordOf(frames), isWhole && line() === mine);
  }

  return {
    hear,
    args(frame: ArgsFrame): void {
      if (session.live()?.session === frame.session) incoming.take(frame);
      else counters.dropped++;
    },
    /** Whatever still runs has to stop, and nothing that waits is for anybody any more. */
    sessionEnded(): void {
      over.abort();
      over = new AbortController();
      incoming.forget();
    },
    lineBroke: (): void => incoming.forget(),
    /** Resolves when nothing runs or waits to be refused any more. Nobody can hurry one. */
    quiet: (): Promise<void> => (inFlight === 0 ? Promise.resolve() : new Promise((resolve) => quietened.push(resolve))),
    /** Those that were past every check, and are not through. */
    running: (): number => acting,
  };
}

/** That our own time was up says nothing of what became of it. */
const isOutOfTime = (result: ResultText): result is Extract<typeof result, { ok: false }> => !result.ok && result.error.code === 'command_timed_out';
/** The handler itself saw that the session was over, and did nothing. */
const isAbandoned = (result: ResultText): boolean => !result.ok && result.error.code === 'session_expired';
const refusalOf = (result: ResultText): Denial | null => (result.ok ? null : result.error);
const leafHashOf = (found: Result<Place, NotInLog>): string => (found.ok ? found.value.leafHash : NO_LEAF);

import { toBase64Url } from '@argus/kit/bytes.ts';
import type { Json } from '@argus/kit/canonical-json.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { climb } from '@argus/kit/gate.ts';
import { err, type Result } from '@argus/kit/result.ts';
import { signValue } from '@argus/keys/signature.ts';
import { parseCall } from '@argus/protocol/commands/index.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { encodeFrame, parseDown, type ActivateFrame, type CommandFrame, type Counters, type UpFrame } from '@argus/protocol/frames.ts';
import type { SessionId } from '@argus/protocol/ids.ts';
import type { SignedEnd } from '@argus/protocol/signed.ts';
import { CHALLENGE_EVERY_MS, challenged, endOf, msLeft, renewed, wake, type Activation } from './activation.ts';
import { admitLadder, minutesOf, wakeLadder } from './admit.ts';
import { run, type Reach } from './commands/index.ts';
import { takeManifest } from './manifest.ts';
import type { AgentDeps } from './ports.ts';
import { NO_LEAF, replyFrames } from './reply.ts';
import { findPlace, type NotInLog, type Place } from './witness.ts';

type Ended = NonNullable<Extract<UpFrame, { type: 'heartbeat' }>['ended']>;

/** Frames in, frames out. Asleep until an activation that is in the owner's log; then awake for one session, on a lease. */
export function createAgent(deps: AgentDeps) {
  const { clock, trust, witness } = deps;
  const counters: Counters = { dropped: 0, refused: 0, unread: 0, commands: 0 };
  const reach: Reach = { ...deps, startedAt: clock.elapsed() };
  let activation: Activation | null = null; // null: dormant
  let isWaking = false;
  let cancelEnd = () => {};
  let cancelChallenge = () => {};
  let unsaid: Ended | null = null; // how the last session ended, until the server has been told
  let line: ((frame: string) => void) | null = null;

  const send = (frame: UpFrame) => line?.(encodeFrame(frame));

  // ---- falling asleep: by whatever comes first, always the same way

  function sleep(how: string): void {
    if (!activation) return;
    const { session } = activation;
    activation = null;
    cancelEnd();
    cancelChallenge();
    const at = isoTime(clock.now());
    const signed: SignedEnd = { instance: trust.instance, tenant: trust.tenant, agent: trust.agent, session, how, at };
    unsaid = { session, how, at, signature: signValue(deps.identity, 'end', signed) };
    deps.note('session_ended', { session, how });
    deps.indicator.lower().catch((problem: unknown) => deps.note('indicator_not_lowered', { problem: String(problem) }));
    heartbeat();
  }

  function watchEnd(): void {
    cancelEnd();
    if (!activation) return;
    cancelEnd = clock.after(msLeft(activation, clock), () => {
      const over = activation && endOf(activation, clock);
      if (over) sleep(over);
      else watchEnd();
    });
  }

  function challenge(): void {
    if (!activation) return;
    const text = toBase64Url(deps.random(16));
    activation = challenged(activation, text, clock);
    send({ type: 'challenge', session: activation.session, challenge: text });
    cancelChallenge = clock.after(CHALLENGE_EVERY_MS, challenge);
  }

  // ---- the log

  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(admission: () => Promise<T>): Promise<T> => {
    const mine = turn.then(admission);
    turn = mine.catch(() => null); // whoever asked hears of it; the next in line is not held up
    return mine;
  };

  /** Looks once; a fork is remembered on disk, puts us to sleep, and nothing but the owner lifts it. */
  function look(frame: ActivateFrame | CommandFrame): () => Result<Place, NotInLog> {
    let seen: Result<Place, NotInLog> | null = null;
    return () => {
      if (seen) return seen;
      const before = witness.followed();
      seen = findPlace(trust, before, frame);
      if (!seen.ok && seen.error.fork !== undefined) {
        deps.note('log_forked', { why: seen.error.why });
        witness.advance({ ...before, fork: seen.error.fork }).catch((problem: unknown) => deps.note('fork_not_stored', { problem: String(problem) }));
        sleep('agent_lost');
      }
      return seen;
    };
  }

  /** Durable before anything is done because of it. */
  async function remember(place: Place): Promise<Denial | null> {
    try {
      await witness.advance({ ...place.followed, highestActed: place.leaf.seq });
      return null;
    } catch (problem) {
      deps.note('witness_not_stored', { problem: String(problem) });
      return deny('not_in_log', 'what was seen of the log could not be stored');
    }
  }

  // ---- waking

  async function onActivate(frame: ActivateFrame): Promise<void> {
    const refused = await tryWake(frame);
    if (refused) {
      counters.refused++;
      deps.note('activation_refused', { session: frame.session, code: refused.code, why: refused.internal ?? '' });
      return send({ type: 'activated', session: frame.session, indicator: false, code: refused.code });
    }
    send({ type: 'activated', session: frame.session, indicator: true });
    challenge();
  }

  async function tryWake(frame: ActivateFrame): Promise<Denial | null> {
    const { found, denial, stored } = await inTurn(() => admitWaking(frame));
    const minutes = found.ok ? minutesOf(found.value.leaf) : null;
    if (denial || !found.ok || minutes === null) return denial ?? deny('not_in_log');
    try {
      const { leaf } = found.value;
      const { operator = '', reason = '' } = leaf;
      const next = wake(clock, { session: frame.session, epoch: frame.epoch, operator, at: Date.parse(leaf.at), minutes });
      const forgotten = await stored;
      if (forgotten) return forgotten;
      // The owner sees it before anybody is told that it works.
      const raised = await raise({ session: frame.session, operator, reason, until: next.ends.wall });
      if (!raised) return deny('indicator_failed');
      if (endOf(next, clock) !== null || line === null) {
        await deps.indicator.lower();
        return deny('session_expired', 'its time was up before the indicator was');
      }
      activation = next;
      deps.note('session_started', { session: frame.session, operator, minutes });
      watchEnd();
      return null;
    } finally {
      isWaking = false;
    }
  }

  async function admitWaking(frame: ActivateFrame) {
    const place = look(frame);
    const { denial } = await climb(wakeLadder, { frame, trust, now: clock.now(), isAwake: activation !== null || isWaking, place });
    const found = place();
    if (denial || !found.ok) return { found, denial, stored: null };
    isWaking = true;
    return { found, denial, stored: remember(found.value) };
  }

  const raise = (notice: Parameters<typeof deps.indicator.raise>[0]): Promise<boolean> =>
    deps.indicator.raise(notice).then(
      () => true,
      (problem: unknown) => {
        deps.note('indicator_not_raised', { problem: String(problem) });
        return false;
      },
    );

  // ---- commands

  async function onCommand(frame: CommandFrame): Promise<void> {
    if (!activation) {
      counters.dropped++; // dormant: no answer, no look at what it says
      return;
    }
    const { found, denial, stored, call } = await inTurn(() => admit(frame));
    if (denial || !found.ok || !call.ok) return refuse(frame, found, denial ?? deny('not_in_log'));
    const forgotten = await stored;
    // Storing took a moment: the kill switch, the lease or the time box may have come in between.
    const isTooLate = activation?.session !== frame.session || endOf(activation, clock) !== null;
    if (forgotten || isTooLate) return refuse(frame, found, forgotten ?? deny('session_expired'));

    counters.commands++;
    const result = await run(call.value, reach).catch((problem: unknown) => err(deny('internal', String(problem))));
    answer(frame, found.value.leafHash, result);
  }

  /** In turn: each entry is compared with what the one before it left behind. Storing starts here and is awaited outside. */
  async function admit(frame: CommandFrame) {
    const place = look(frame);
    // The name counts as the log has it; the frame does not even carry one.
    const call = () => {
      const found = place();
      return parseCall(found.ok ? (found.value.leaf.command ?? '') : '', frame.args);
    };
    const { denial } = await climb(admitLadder, {
      frame,
      trust,
      session: activation?.session ?? null,
      operator: activation?.operator ?? null,
      over: () => (activation ? endOf(activation, clock) : 'agent_lost'),
      place,
      call,
    });
    const found = place();
    return { found, denial, call: call(), stored: denial || !found.ok ? null : remember(found.value) };
  }

  function refuse(frame: CommandFrame, found: Result<Place, NotInLog>, denial: Denial): void {
    counters.refused++;
    deps.note('command_refused', { request: frame.request_id, code: denial.code, why: denial.internal ?? '' });
    answer(frame, found.ok ? found.value.leafHash : NO_LEAF, err(denial));
  }

  const answer = (frame: CommandFrame, leafHash: string, result: Result<Json, Denial>): void =>
    replyFrames(trust, deps.identity, { frame, leafHash, result, at: isoTime(clock.now()) }).forEach(send);

  function heartbeat(): void {
    if (!line) return;
    const { fork } = witness.followed();
    send({ type: 'heartbeat', counters: { ...counters }, ...(unsaid && { ended: unsaid }), ...(fork !== null && { alarms: ['log_forked'] }) });
    unsaid = null;
  }

  return {
    heartbeat,
    /** A line is up: the manifest is the first thing on it, and proves that we hold the keys of this connection. */
    connected(sendFrame: (frame: string) => void): void {
      line = sendFrame;
      send({ type: 'manifest', manifest: takeManifest(deps), session: activation?.session ?? null });
      heartbeat();
    },
    /** An awake agent stays awake for the rest of its lease: only this very process may resume. */
    disconnected(): void {
      line = null;
    },
    async receive(raw: string): Promise<void> {
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
        case 'tick':
          if (activation?.session === frame.value.session) {
            activation = renewed(activation, frame.value, clock);
            watchEnd();
          }
          return;
        case 'deactivate':
          if (activation?.session === frame.value.session) sleep(frame.value.why);
          return;
        case 'consistency':
        case 'error':
        case 'pace':
        case 'move':
          return; // the connection's business, or nobody's
        default:
          return frame.value satisfies never;
      }
    },
    session: (): SessionId | null => activation?.session ?? null,
    counters: (): Counters => ({ ...counters }),
    /** The process is going: nothing may look live that is not. */
    stop: () => sleep('agent_lost'),
  };
}
export type Agent = ReturnType<typeof createAgent>;

import { toBase64Url } from '@argus/kit/bytes.ts';
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { envelopeKeys, helloMac, opener, sameMac, sealer, welcomeMac } from '@argus/keys/channel.ts';
import type { Random } from '@argus/keys/random.ts';
import { PROTOCOL_VERSION } from '@argus/protocol/frames.ts';
import { HANDSHAKE_VERSION, parseAnswer, parseJson, type Hello, type Refusal, type Welcome } from '@argus/protocol/handshake.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { Agent } from './agent.ts';
import { HANDSHAKE_MS, type AgentDeps, type Dial, type Socket, type Witness } from './ports.ts';

/**
 * Holds a line to the server, forever and politely: dial, prove the passkey both ways, seal every frame; when it
 * breaks, wait a jittered while and dial again. The server can ask for more patience, never for less.
 */
export type ConnectionDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly trust: TrustFile;
  readonly passkey: Uint8Array;
  readonly version: string;
  readonly witness: Pick<Witness, 'followed'>;
  readonly agent: Agent;
  readonly dial: Dial;
  readonly note: AgentDeps['note'];
  /** The longest wait of our own, where the owner chose another. */
  readonly mostWaitMs?: () => number;
};

export const BACKOFF = { leastMs: 1_000, mostMs: 60_000, refusedMs: 300_000 } as const;

/** Decorrelated jitter: each wait is drawn between the least and three times the one before. */
export const nextWait = (previousMs: number, fraction: number, mostMs: number = BACKOFF.mostMs): number =>
  Math.min(mostMs, BACKOFF.leastMs + fraction * (Math.max(BACKOFF.leastMs, previousMs * 3) - BACKOFF.leastMs));

/** Refusals that will not mend by asking again soon, whatever the server says about when to come back. */
const LASTING = ['UPDATE_REQUIRED', 'handshake_refused', 'clock_skew'];
const patienceFor = ({ code, retry_after_s }: Refusal): number => {
  if (retry_after_s === undefined) return BACKOFF.refusedMs;
  return Math.max(retry_after_s * 1_000, LASTING.includes(code) ? BACKOFF.refusedMs : 0);
};

/** Uniform in [0, 1). */
const fractionOf = (random: Random): number => Buffer.from(random(6)).readUIntBE(0, 6) / 2 ** 48;

export function createConnection(deps: ConnectionDeps) {
  const { clock, random, trust, agent } = deps;
  let waitMs: number = BACKOFF.leastMs;
  let patienceMs = 0; // asked for by the server, or taken after a refusal
  let isStopped = false;
  let attempt: Attempt | null = null;
  let cancelTimer = () => {};

  function dial(): void {
    if (isStopped) return;
    const mine = createAttempt();
    attempt = mine;
    deps.dial({
      opened: mine.opened,
      message: mine.message,
      closed(why) {
        if (attempt !== mine) return; // told twice
        attempt = null;
        const told = mine.endedBy() ?? why; // the other end knows less, and says what it likes
        mine.gone();
        if (isStopped) return;
        waitMs = nextWait(waitMs, fractionOf(random), deps.mostWaitMs?.());
        // Never before the server asked for, and not all at the same moment after it.
        const delayMs = Math.max(waitMs, patienceMs * (1 + 0.2 * fractionOf(random)));
        patienceMs = 0;
        deps.note('disconnected', { why: told, retry_in_ms: Math.round(delayMs) });
        cancelTimer = clock.after(delayMs, dial);
      },
    });
  }

  function createAttempt() {
    const dialedAt = clock.elapsed();
    let isOver = false;
    let endedBy: string | null = null; // what we said when we ended it
    let socket: Socket | null = null;
    let hello: { readonly text: string; readonly nonce: string } | null = null;
    let open: ((text: string) => string | null) | null = null;
    let cancelHeartbeat = () => {};
    let cancelAnswer = () => {};

    /** `why` is always a word of ours: what a server says is not echoed, and a close frame has no room for it. */
    function end(why: string, code = 1008): void {
      if (isOver) return;
      isOver = true;
      endedBy = why;
      cancelHeartbeat();
      cancelAnswer();
      agent.disconnected(); // a socket that is closing delivers nothing
      socket?.close(code, why);
    }

    function welcomed(text: string, answer: Welcome, sent: { text: string; nonce: string }): void {
      if (!sameMac(answer.mac, welcomeMac(deps.passkey, answer, sent.nonce))) {
        deps.note('server_not_proved', {});
        patienceMs = BACKOFF.refusedMs;
        return end('server did not prove the passkey');
      }
      cancelAnswer();
      waitMs = BACKOFF.leastMs; // only a completed handshake counts as success
      const keys = envelopeKeys(deps.passkey, sent.text, text);
      const seal = sealer(keys.up);
      open = opener(keys.down);
      deps.note('connected', { connection: answer.connection });
      agent.connected(
        (frame) => socket?.send(seal(frame)),
        () => socket?.unsent?.() ?? 0,
      );
      beat(answer.heartbeat_s * 1_000);
    }

    /** 15 s ± 20 %: a fleet that was cut off together does not stay in step. */
    function beat(everyMs: number): void {
      cancelHeartbeat = clock.after(everyMs * (0.8 + 0.4 * fractionOf(random)), () => {
        agent.heartbeat();
        beat(everyMs);
      });
    }

    function refused(refusal: Refusal): void {
      deps.note('refused', describe(refusal));
      patienceMs = patienceFor(refusal);
      end('refused');
    }

    return {
      end,
      endedBy: (): string | null => endedBy,
      gone(): void {
        socket = null;
        end('closed');
      },
      opened(opened: Socket): void {
        if (isOver) return opened.close(1001, 'stopped');
        socket = opened;
        hello = sayHello();
        const leftMs = dialedAt + HANDSHAKE_MS - clock.elapsed(); // one deadline for all of it
        cancelAnswer = clock.after(Math.max(0, leftMs), () => end('no answer to h1'));
        socket.send(hello.text);
      },
      message(text: string): void {
        if (isOver || !hello) return;
        if (open) {
          const frame = open(text);
          if (frame === null) return end('the seal of a frame is broken');
          obey(frame);
          agent.receive(frame).catch((problem: unknown) => deps.note('frame_failed', { problem: String(problem) }));
          return;
        }
        const answer = parseAnswer(text);
        if (!answer.ok) return end('the answer to h1 cannot be read');
        if (answer.value.type === 'refused') return refused(answer.value);
        welcomed(text, answer.value, hello);
      },
    };

    /** What concerns the line and not the agent: be patient, or go and dial again. */
    function obey(frame: string): void {
      const json = parseJson(frame) as { type?: unknown; retry_after_s?: unknown } | null | undefined; // every field is checked below
      if (json?.type === 'pace' && typeof json.retry_after_s === 'number') patienceMs = Math.min(86_400, Math.max(1, json.retry_after_s)) * 1_000;
      if (json?.type === 'move') end('asked to move');
    }
  }
  type Attempt = ReturnType<typeof createAttempt>;

  function sayHello(): { readonly text: string; readonly nonce: string } {
    const { size, root } = deps.witness.followed();
    const h1: Omit<Hello, 'mac' | 'type'> = {
      v: HANDSHAKE_VERSION,
      agent: trust.agent,
      tenant: trust.tenant,
      nonce_a: toBase64Url(random(16)),
      timestamp: isoTime(clock.now()),
      protocol: PROTOCOL_VERSION,
      agent_version: deps.version,
      log_size: size,
      log_root: root,
    };
    return { nonce: h1.nonce_a, text: JSON.stringify({ type: 'h1', ...h1, mac: helloMac(deps.passkey, h1) }) };
  }

  return {
    start: dial,
    stop(): void {
      isStopped = true;
      cancelTimer();
      agent.stop(); // while the line still carries how the session ended
      attempt?.end('stopped', 1001);
    },
  };
}

const describe = (r: Refusal): Record<string, string | number> => ({
  code: r.code,
  ...(r.server_time !== undefined && { server_time: r.server_time }),
  ...(r.protocol !== undefined && { protocol: r.protocol }),
  ...(r.floor !== undefined && { floor: r.floor }),
});

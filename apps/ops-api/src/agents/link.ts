import { opener, sealer } from '@argus/keys/channel.ts';
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { contractFor } from '@argus/protocol/commands/index.ts';
import { deny, type Denial, type ErrorCode } from '@argus/protocol/errors.ts';
import { CHUNK_MAX, encodeFrame, parseUp, type ArgsFrame, type CommandFrame, type DownFrame, type InTheLog, type KeyChange, type UpFrame } from '@argus/protocol/frames.ts';
import type { AgentId, ConnectionId, RequestId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { OperatorProof } from '@argus/protocol/operator-proof.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Receipt } from '../ledger/lane.ts';
import type { Log } from '../ports.ts';
import { refusedByMachine } from './refused-by-machine.ts';
import { collectReply, letGo, type AgentReply, type ReplyInParts } from './reply.ts';
import type { ReplyRoom } from './reply-room.ts';
import { CLOSE, type Wire } from './wire.ts';

/** One authenticated connection of one agent: frames sealed both ways, questions matched with answers. */
export type LinkIdentity = {
  readonly agent: AgentId;
  readonly tenant: TenantId;
  readonly publicKey: string;
  readonly connection: ConnectionId;
};

/** Who wants to know what a link hears. `arrived` is called on its first good frame, when it has proved itself live. */
export type LinkEvents = {
  arrived(link: Link, manifest: Extract<UpFrame, { type: 'manifest' }>): void;
  heard(link: Link, frame: UpFrame): void;
  /** May this session still be renewed? The tick that answers a challenge depends on it. */
  isHeld(session: SessionId): number | null; // its epoch
  gone(link: Link): void;
  /** Shared by all lines: what their unfinished results may take up. */
  readonly room: ReplyRoom;
};

/** Commands one agent is asked at once. Twice what an agent takes: it refuses for itself, and signs that. */
export const ASKED_MAX = 64;

export type LinkDeps = {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'prove'>;
  readonly events: LinkEvents;
  readonly log: Log;
};

export type Link = {
  readonly identity: LinkIdentity;
  message(text: string): void;
  closed(): void;
  /** Ends the connection from our side; everything it was waiting for fails as if the line had broken. */
  drop(code: ErrorCode): void;
  tell(frame: DownFrame): void;
  activate(ask: ActivateAsk, timeoutMs: number): Promise<Result<void, Denial>>;
  command(ask: CommandAsk, timeoutMs: number): Promise<Result<AgentReply, Denial>>;
  /** How far it has followed the log, as far as we know. */
  witnessed(): number;
  /** It says so itself: what we last sent did not begin there. */
  standsAt(size: number): void;
  /** Shows it what the log has grown to, unless an act is in flight. */
  follow(head: { readonly size: number; readonly note: string }, how: FollowHow): Promise<void>;
  /** When it was last heard, on the monotonic clock. */
  lastHeard(): number;
};

export type FollowHow = {
  /** It has followed further than the log goes: it is shown what there is. */
  readonly isShorter: boolean;
  readonly proofFrom: (size: number) => Promise<readonly string[]>;
  /** What it has to know before, to believe what follows. */
  readonly keyChanges: (from: number) => Promise<readonly KeyChange[]>;
  /** Just before it is sent: from where. */
  readonly asking: (from: number) => void;
};
export type ActivateAsk = {
  readonly session: SessionId;
  readonly epoch: number;
  readonly receipt: Receipt;
  readonly scope: string | undefined; // of the consent, where the leaf has only its digest
  readonly consentReceipt?: string | undefined; // as the tenant signed it
  readonly operatorProof?: OperatorProof | undefined;
};
export type CommandAsk = {
  readonly session: SessionId;
  readonly requestId: RequestId;
  readonly command: string;
  readonly args: Extract<DownFrame, { type: 'command' }>['args'];
  readonly salt: string | undefined;
  readonly receipt: Receipt;
};

type Asked<T> = { readonly answer: (result: Result<T, Denial>) => void; readonly cancel: () => void };

export function createLink(
  deps: LinkDeps,
  { wire, identity, keys, logSize }: { wire: Wire; identity: LinkIdentity; keys: { up: Uint8Array; down: Uint8Array }; logSize: number },
): Link {
  const seal = sealer(keys.down);
  const open = opener(keys.up);
  const activations = new Map<SessionId, Asked<void>>();
  const commands = new Map<RequestId, Asked<AgentReply> & { parts: ReplyInParts }>();
  let witnessed = logSize; // how far the agent has followed the log
  let isArrived = false;
  let isOver = false;
  let lastHeard = deps.clock.elapsed();
  let sending: Promise<unknown> = Promise.resolve();
  let sendingLong: Promise<unknown> = Promise.resolve();

  const tell = (frame: DownFrame) => {
    if (!isOver) wire.send(seal(encodeFrame(frame)));
  };

  /** One at a time: the agent follows the log forwards only, so proofs are made in the order they are sent. */
  const sendProved = (receipt: Receipt, isWanted: () => boolean, frame: (place: InTheLog) => DownFrame): Promise<Denial | null> => {
    const sent = sending.then(async () => {
      const proved = await deps.ledger.prove(receipt, witnessed);
      if (!proved.ok) return proved.error;
      if (!isWanted()) return null; // answered with a timeout already: an act nobody waits for must not begin
      witnessed = proved.value.size;
      tell(frame(proved.value.place));
      return null;
    });
    sending = sent.catch(() => null); // the asker hears of it; the next in line is not held up
    return sent;
  };

  /**
   * What is too long for one frame goes before its command, a piece at a time: the ticks that renew the lease are sent
   * in between, and a slow line has never more than one piece to carry. One such command after the other.
   */
  function sendInParts(text: string, frame: Pick<ArgsFrame, 'session' | 'request_id'>, { isWanted, rest }: { isWanted: () => boolean; rest: (parts: number) => Promise<Denial | null> }): Promise<Denial | null> {
    const parts = Math.ceil(text.length / CHUNK_MAX);
    const sent = sendingLong.then(async () => {
      for (let part = 0; part < parts && isWanted(); part++) {
        tell({ type: 'args', ...frame, part, chunk: text.slice(part * CHUNK_MAX, (part + 1) * CHUNK_MAX) });
        await wire.drained?.();
      }
      return rest(parts);
    });
    sendingLong = sent.catch(() => null);
    return sent;
  }

  function ask<T>(
    waiting: { set(asked: Asked<T>): void; delete(): void },
    { send, timeoutMs, onTimeout }: { send: (isWanted: () => boolean) => Promise<Denial | null>; timeoutMs: number; onTimeout: Denial },
  ): Promise<Result<T, Denial>> {
    return new Promise<Result<T, Denial>>((resolve) => {
      let isWanted = true;
      const answer = (result: Result<T, Denial>) => {
        isWanted = false;
        cancel();
        waiting.delete();
        resolve(result);
      };
      const cancel = deps.clock.after(timeoutMs, () => answer(err(onTimeout)));
      waiting.set({ answer, cancel });
      if (isOver) return answer(err(deny('agent_lost')));
      send(() => isWanted).then(
        (denial) => denial && answer(err(denial)),
        (problem: unknown) => answer(err(deny('internal', String(problem)))),
      );
    });
  }

  function finish(why: Denial): void {
    if (isOver) return;
    isOver = true;
    for (const asked of [...activations.values(), ...commands.values()]) asked.answer(err(why));
    deps.events.gone(link);
  }

  function drop(code: ErrorCode): void {
    if (isOver) return;
    const closeCode = code === 'shutting_down' ? CLOSE.going : CLOSE.policy;
    finish(deny('agent_lost', code));
    wire.close(closeCode, code);
  }

  function take(frame: UpFrame): void {
    if (!isArrived) {
      // The envelope proved that this is no replayed handshake; only now may it replace an older connection.
      if (frame.type !== 'manifest') return drop('bad_frame');
      isArrived = true;
      deps.events.arrived(link, frame);
      return;
    }
    switch (frame.type) {
      case 'activated':
        return activated(frame);
      case 'reply':
        return reply(frame);
      case 'challenge': {
        const epoch = deps.events.isHeld(frame.session);
        if (epoch !== null) tell({ type: 'tick', session: frame.session, epoch, challenge: frame.challenge });
        return;
      }
      case 'heartbeat':
      case 'manifest':
        return deps.events.heard(link, frame);
      default:
        return frame satisfies never;
    }
  }

  function activated(frame: Extract<UpFrame, { type: 'activated' }>): void {
    const asked = activations.get(frame.session);
    // Late, or never asked: whoever woke up has to sleep again.
    if (!asked) return tell({ type: 'deactivate', session: frame.session, why: 'not_acknowledged' });
    if (frame.indicator && frame.code === undefined) return asked.answer(ok(undefined));
    asked.answer(err(refusedByMachine(frame.code ?? 'indicator_failed')));
    followAgain(frame.code);
  }

  /**
   * It follows the log from another place than we think: something we sent found it asleep, or was refused. It says
   * from where when it dials in again; until then no proof of ours can start where it stands.
   */
  function followAgain(code: string | undefined): void {
    if (code === 'not_in_log') drop('not_in_log');
  }

  function reply(frame: Extract<UpFrame, { type: 'reply' }>): void {
    const asked = commands.get(frame.request_id);
    if (!asked) return deps.events.heard(link, frame); // late: recorded by somebody else, never delivered
    const collected = collectReply(asked.parts, frame);
    if (!collected.ok) return asked.answer(collected);
    if (!collected.value) return;
    asked.answer(ok(collected.value));
    followAgain(collected.value.end.code);
  }

  const link: Link = {
    identity,
    tell,
    drop,
    lastHeard: () => lastHeard,
    witnessed: () => witnessed,
    standsAt(size) {
      if (activations.size + commands.size === 0) witnessed = size; // else an act in flight has moved it since, and its answer tells
    },
    follow({ size, note }, { isShorter, proofFrom, keyChanges, asking }) {
      if (!isArrived || isOver || activations.size + commands.size > 0) return Promise.resolve();
      const show = async (): Promise<void> => {
        if (size < witnessed && !isShorter) return; // an act has led it further meanwhile
        const changes = isShorter ? [] : await keyChanges(witnessed);
        const from = Math.max(witnessed, (changes.at(-1)?.index ?? -1) + 1);
        const proof = isShorter ? [] : await proofFrom(from);
        if (isOver) return;
        asking(witnessed);
        tell({ type: 'consistency', from: isShorter ? size : from, to: size, proof: [...proof], checkpoint: note, ...(changes.length > 0 && { key_changes: [...changes] }) });
        if (!isShorter) witnessed = size;
      };
      const sent = sending.then(show);
      sending = sent.catch(() => null);
      return sent;
    },
    closed: () => finish(deny('agent_lost')),
    message(text) {
      if (isOver) return;
      const raw = open(text);
      if (raw === null) {
        deps.log('warn', 'agent_envelope_broken', { agent: identity.agent, connection: identity.connection });
        return drop('envelope_broken');
      }
      lastHeard = deps.clock.elapsed();
      const frame = parseUp(raw);
      if (frame.ok) return take(frame.value);
      if (!isArrived) return drop('bad_frame');
      tell({ type: 'error', code: 'bad_frame' }); // a newer agent may say things we do not know
    },
    activate: ({ session, epoch, receipt, scope, consentReceipt, operatorProof }, timeoutMs) =>
      ask(
        { set: (asked) => activations.set(session, asked), delete: () => activations.delete(session) },
        {
          timeoutMs,
          onTimeout: deny('agent_did_not_acknowledge'),
          send: (isWanted) =>
            sendProved(receipt, isWanted, (place) => ({
              type: 'activate',
              session,
              tenant: identity.tenant,
              agent: identity.agent,
              epoch,
              ...place,
              ...(scope !== undefined && { scope }),
              ...(consentReceipt !== undefined && { receipt: consentReceipt }),
              ...(operatorProof && { operator_proof: operatorProof }),
            })),
        },
      ),
    command({ session, requestId, command, args, salt, receipt }, timeoutMs) {
      if (commands.size >= ASKED_MAX) return Promise.resolve(err({ ...deny('rate_limited', 'too many commands wait for this agent'), facts: { retry_after_s: 1 } }));
      const parts: ReplyInParts = { text: [], length: 0, max: contractFor(command)?.resultBytesMax ?? 0, room: deps.events.room };
      return ask<AgentReply>(
        {
          set: (asked) => commands.set(requestId, { ...asked, parts }),
          delete() {
            commands.delete(requestId);
            letGo(parts);
          },
        },
        {
          timeoutMs,
          onTimeout: deny('command_timed_out'),
          send(isWanted) {
            const text = canonicalJson(args);
            const send = (carried: Pick<CommandFrame, 'args' | 'args_parts'>) =>
              sendProved(receipt, isWanted, (place) => ({
                type: 'command',
                session,
                tenant: identity.tenant,
                agent: identity.agent,
                request_id: requestId,
                ...carried,
                ...(salt !== undefined && { salt }),
                ...place,
              }));
            if (text.length <= CHUNK_MAX) return send({ args });
            return sendInParts(text, { session, request_id: requestId }, { isWanted, rest: (args_parts) => send({ args: {}, args_parts }) });
          },
        },
      );
    },
  };
  return link;
}

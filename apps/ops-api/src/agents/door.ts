import { toBase64Url } from '@argus/kit/bytes.ts';
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { envelopeKeys, helloMac, sameMac, welcomeMac } from '@argus/keys/channel.ts';
import type { Random } from '@argus/keys/random.ts';
import { unseal } from '@argus/keys/seal.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { FRAME_BYTES_MAX } from '@argus/protocol/frames.ts';
import {
  HANDSHAKE_VERSION,
  LEAST_PROTOCOL,
  NONCE_KEEP_MS,
  parseHello,
  PREAUTH_BYTES,
  PREAUTH_MS,
  SKEW_MS,
  type Hello,
  type HelloProblem,
  type Refusal,
} from '@argus/protocol/handshake.ts';
import { newHandle, type AgentId } from '@argus/protocol/ids.ts';
import { createFloodLines } from '../audit/flood-lines.ts';
import { addressBlock } from '../http/address-block.ts';
import type { AgentStore, Log, NonceStore } from '../ports.ts';
import type { Agent } from './agent.ts';
import { createLink, type Link, type LinkDeps, type LinkIdentity } from './link.ts';
import { CLOSE, type Wire, type WireEvents } from './wire.ts';

/** Where agents dial in. Until both sides have proved the passkey, a socket gets 5 s, 4 KiB and one frame. */
export type DoorDeps = LinkDeps & {
  readonly clock: Clock;
  readonly random: Random;
  readonly masterKey: Uint8Array;
  readonly agents: Pick<AgentStore, 'byId'>;
  readonly nonces: Pick<NonceStore, 'burn'>;
  readonly heartbeatS: number;
  readonly log: Log;
  /** It proved who it is, and said how far it has followed the log. */
  readonly onFollowed?: (who: LinkIdentity, h1: Pick<Hello, 'log_size' | 'log_root'>) => void;
  /** Somebody failed to prove who it is; the agent is what it claims to be. */
  readonly onRefused?: (refused: { readonly address: string; readonly agent: AgentId | null; readonly code: string }) => void;
};

/** Sockets of one address, or one IPv6 network, that have not authenticated yet. */
export const UNAUTHENTICATED_PER_ADDRESS = 256;

/** Of all addresses together: a machine that dials needs a moment, so as many can come back at once after a restart. */
export const UNAUTHENTICATED_MAX = 4_096;

/** When the database does not let us look: soon, each at a moment of its own. */
const LOOK_AGAIN_S = 2;

/** For an id we do not know the same work is done with this, so that time tells nothing. */
const NOBODY = new Uint8Array(32);

export function createDoor(deps: DoorDeps) {
  const waiting = new Map<string, number>(); // by address or network
  let waitingInAll = 0;
  const tell = createFloodLines(deps);

  function refuse(wire: Wire, problem: HelloProblem | Denial, claimed: AgentId | null): void {
    const refusal: Refusal = {
      type: 'refused',
      code: problem.code,
      ...(problem.code === 'clock_skew' && { server_time: isoTime(deps.clock.now()) }),
      ...(problem.code === 'UPDATE_REQUIRED' && 'protocol' in problem && { protocol: problem.protocol, floor: LEAST_PROTOCOL }),
      ...(problem.code === 'connection_limit' && { retry_after_s: 30 }),
      // Without this it would stay away for minutes, as after a refusal that is meant.
      ...(problem.code === 'internal' && { retry_after_s: LOOK_AGAIN_S }),
    };
    tell({ what: 'agent_handshake_refused', code: problem.code, address: wire.address, facts: { why: problem.internal ?? null } });
    if (problem.code !== 'internal') deps.onRefused?.({ address: wire.address, agent: claimed, code: problem.code });
    wire.send(JSON.stringify(refusal));
    wire.close(problem.code === 'connection_limit' || problem.code === 'internal' ? CLOSE.later : CLOSE.policy, problem.code);
  }

  async function admit(h1: Hello): Promise<Result<{ agent: Agent; passkey: Uint8Array }, Denial>> {
    const agent = await deps.agents.byId(h1.agent);
    const sealed = agent?.keys?.sealedPasskey;
    const passkey = sealed && unseal(deps.masterKey, sealed, { purpose: 'passkey', tenant: agent.tenant, agent: agent.id });
    const isProved = sameMac(h1.mac, helloMac(passkey ?? NOBODY, h1));
    if (!agent || !passkey || !isProved) return err(deny('handshake_refused', agent ? 'mac does not fit' : 'no such agent'));
    if (agent.revokedAt !== null) return err(deny('handshake_refused', 'agent is revoked'));
    if (agent.tenant !== h1.tenant) return err(deny('handshake_refused', 'agent belongs to another tenant'));
    const sentAt = Date.parse(h1.timestamp);
    // Only who holds the passkey is told our time.
    if (Math.abs(deps.clock.now() - sentAt) > SKEW_MS) return err(deny('clock_skew'));
    if (!(await deps.nonces.burn('handshake', `${h1.agent}|${h1.nonce_a}`, sentAt + NONCE_KEEP_MS)))
      return err(deny('handshake_refused', 'h1 was used before'));
    return ok({ agent, passkey });
  }

  type Admitted = { readonly h1: Hello; readonly agent: Agent; readonly passkey: Uint8Array; readonly arrived: LinkDeps['events']['arrived'] };
  function welcome(wire: Wire, h1Text: string, { h1, agent, passkey, arrived }: Admitted): Link {
    const h2 = {
      v: HANDSHAKE_VERSION as typeof HANDSHAKE_VERSION, // a literal, for the schema
      connection: newHandle('connection', deps.random),
      nonce_s: toBase64Url(deps.random(16)),
      heartbeat_s: deps.heartbeatS,
      max_frame: FRAME_BYTES_MAX,
      server_time: isoTime(deps.clock.now()),
    };
    const h2Text = JSON.stringify({ type: 'h2', ...h2, mac: welcomeMac(passkey, h2, h1.nonce_a) });
    wire.send(h2Text);
    const identity = { agent: agent.id, tenant: agent.tenant, publicKey: agent.keys?.publicKey ?? '', connection: h2.connection };
    deps.onFollowed?.(identity, h1);
    return createLink({ ...deps, events: { ...deps.events, arrived } }, { wire, identity, keys: envelopeKeys(passkey, h1Text, h2Text), logSize: h1.log_size });
  }

  return {
    accept(wire: Wire): WireEvents & { isAuthenticated(): boolean } {
      let link: Link | null = null;
      let isHelloRead = false;
      let isOver = false;
      let isWaiting = true;
      let claimed: AgentId | null = null;
      const from = addressBlock(wire.address);
      const leave = () => {
        if (!isWaiting) return;
        isWaiting = false;
        waitingInAll--;
        const left = (waiting.get(from) ?? 1) - 1;
        if (left > 0) waiting.set(from, left);
        else waiting.delete(from);
      };
      const end = (problem?: HelloProblem | Denial) => {
        if (isOver) return;
        isOver = true;
        cancelDeadline();
        leave();
        if (problem) refuse(wire, problem, claimed);
      };

      waiting.set(from, (waiting.get(from) ?? 0) + 1);
      waitingInAll++;
      // It runs until the first sealed frame: an h1 that somebody caught and sent first proves no key.
      const cancelDeadline = deps.clock.after(PREAUTH_MS, () => {
        if (link) return link.drop('handshake_refused');
        end(isHelloRead ? deny('internal', 'the h1 could not be looked up in time') : deny('handshake_refused', 'no h1 in time'));
      });
      const arrived: LinkDeps['events']['arrived'] = (arriving, manifest) => {
        cancelDeadline();
        leave();
        deps.events.arrived(arriving, manifest);
      };
      if ((waiting.get(from) ?? 0) > UNAUTHENTICATED_PER_ADDRESS || waitingInAll > UNAUTHENTICATED_MAX) end(deny('connection_limit'));

      async function hello(text: string): Promise<void> {
        const h1 = parseHello(text);
        if (!h1.ok) return end(h1.error);
        claimed = h1.value.agent;
        const admitted = await admit(h1.value);
        if (isOver) return; // it hung up, or ran out of time, while we looked
        if (!admitted.ok) return end(admitted.error);
        link = welcome(wire, text, { h1: h1.value, arrived, ...admitted.value });
      }

      return {
        isAuthenticated: () => link !== null,
        message(text) {
          if (isOver) return;
          if (link) return link.message(text);
          if (isHelloRead) return end(deny('handshake_refused', 'spoke before it was answered'));
          if (Buffer.byteLength(text) > PREAUTH_BYTES) return end(deny('handshake_refused', 'h1 is too long'));
          isHelloRead = true;
          hello(text).catch((problem: unknown) => end(deny('internal', String(problem))));
        },
        closed() {
          end();
          link?.closed();
        },
      };
    },
  };
}
export type Door = ReturnType<typeof createDoor>;

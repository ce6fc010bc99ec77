/** A machine as the server hears it, byte for byte; for tests that send what no honest agent would. */
import { emptyRoot } from '@argus/ledger/hash.ts';
import { toBase64, toBase64Url } from '@argus/kit/bytes.ts';
import { isoTime, manualClock, settle } from '@argus/kit/clock.ts';
import { envelopeKeys, helloMac, opener, sealer } from '@argus/keys/channel.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { encodeFrame, type DownFrame, type UpFrame } from '@argus/protocol/frames.ts';
import type { Hello } from '@argus/protocol/handshake.ts';
import { memoryStores } from '../src/adapters/memory/stores.ts';
import { createDoor } from '../src/agents/door.ts';
import { createSwitchboard, type SessionWatch } from '../src/agents/switchboard.ts';
import type { Wire } from '../src/agents/wire.ts';
import type { Ledger } from '../src/ledger/ledger.ts';
import type { Log, NonceStore } from '../src/ports.ts';
import { ledgerOver } from './ledger.ts';
import { AGENT, MASTER_KEY, seededRandom, START, TENANT } from './sample.ts';
import { consentedAndArmed, PASSKEY } from './tenants.ts';

export const MANIFEST = { agent_version: '1.4.0', protocol: 1, platform: 'linux', commands: ['ping'], cameras: [], limits: {}, consent_key_fingerprint: null, taken_at: isoTime(START) };

export async function doorway({ nonces, between = (real: Ledger) => real }: { nonces?: NonceStore; between?: (real: Ledger) => Ledger } = {}) {
  const stores = memoryStores();
  const clock = manualClock(START);
  const random = seededRandom('doorway');
  const said: Parameters<Log>[] = [];
  const log: Log = (...line) => void said.push(line);
  const ledger = between(ledgerOver(stores.leaves, clock));
  await consentedAndArmed(ledger);
  const lines = createSwitchboard({ clock, agents: stores.agents, heartbeatS: 15, log });
  const watched: string[] = [];
  const watch: SessionWatch = {
    epochOf: () => null,
    lineLost: (agent) => void watched.push(`lost ${agent}`),
    lineBack: (agent, holding) => void watched.push(`back ${agent} ${holding ?? 'nothing'}`),
    agentEnded: ({ agent }, { how }) => void watched.push(`ended ${agent} ${how}`),
  };
  lines.watchWith(watch);
  const door = createDoor({ clock, random, masterKey: MASTER_KEY, ledger, events: lines.events, agents: stores.agents, nonces: nonces ?? stores.nonces, heartbeatS: 15, log });

  /** A socket to the door: what was sent down it, and how it was closed. */
  function open(address = '198.51.100.4') {
    const sent: string[] = [];
    const closed: (readonly [number, string])[] = [];
    const wire: Wire = { address, send: (text) => void sent.push(text), close: (code, reason) => void closed.push([code, reason]) };
    const events = door.accept(wire);
    return { sent, closed, events, say: async (text: string) => { events.message(text); await settle(); } };
  }

  let nonceCounter = 0;
  function hello(over: Partial<Hello> = {}, passkey = PASSKEY): string {
    const fields = {
      v: 1 as const, agent: AGENT, tenant: TENANT, nonce_a: `nonce${String(nonceCounter++).padStart(20, '0')}`, timestamp: isoTime(clock.now()), protocol: 1,
      agent_version: '1.4.0', log_size: 0, log_root: toBase64(emptyRoot(sha256)), ...over,
    };
    return JSON.stringify({ type: 'h1', ...fields, mac: over.mac ?? helloMac(passkey, fields) });
  }

  /** Through the handshake; the seals are the machine's own. */
  async function dial(over: Partial<Hello> = {}) {
    const socket = open();
    const h1 = hello(over);
    await socket.say(h1);
    const h2 = socket.sent[0] ?? '';
    const keys = envelopeKeys(PASSKEY, h1, h2);
    const seal = sealer(keys.up);
    const read = opener(keys.down);
    let readUpTo = 1;
    const heard: DownFrame[] = [];
    const machine = {
      ...socket,
      seal,
      up: (frame: UpFrame) => socket.say(seal(encodeFrame(frame))),
      raw: (text: string) => socket.say(seal(text)),
      heard: () => {
        for (; readUpTo < socket.sent.length; readUpTo++) heard.push(JSON.parse(read(socket.sent[readUpTo] ?? '') ?? 'null') as DownFrame);
        return heard;
      },
      arrive: () => socket.say(seal(encodeFrame({ type: 'manifest', manifest: MANIFEST, session: null }))),
    };
    return machine;
  }
  return { stores, clock, door, lines, ledger, said, watched, open, hello, dial, random: (n: number) => toBase64Url(random(n)) };
}

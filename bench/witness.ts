/**
 * `npm run bench -- witness`: what it costs a server that ten thousand machines of one tenant follow its log. The real
 * links, seals, proofs and checks, in memory; the clock is moved through an hour in which the log grows every minute, which
 * is as often as it is looked at.
 * What the machines do is measured apart and left out. WITNESS_AGENTS says how many, 10,000 if unset.
 */
import { manualClock } from '@argus/kit/clock.ts';
import { envelopeKeys, opener, sealer } from '@argus/keys/channel.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { cosign } from '@argus/ledger/cosignature.ts';
import { parseNote } from '@argus/ledger/note.ts';
import { encodeFrame, type ConsistencyFrame } from '@argus/protocol/frames.ts';
import { mustId, type AgentId } from '@argus/protocol/ids.ts';
import { cosignerOf } from '@argus/protocol/origin.ts';
import { memoryStores } from '../apps/ops-api/src/adapters/memory/stores.ts';
import { createFollowers } from '../apps/ops-api/src/agents/followers.ts';
import { createLink, type Link } from '../apps/ops-api/src/agents/link.ts';
import { createReplyRoom } from '../apps/ops-api/src/agents/reply-room.ts';
import { createCheckpoints } from '../apps/ops-api/src/ledger/checkpoints.ts';
import { createLedger } from '../apps/ops-api/src/ledger/ledger.ts';
import { MANIFEST } from '../apps/ops-api/test/dial.ts';
import { factOf, INSTANCE, LOG_KEY, newId, START, TENANT } from '../apps/ops-api/test/sample.ts';
import { consentedAndArmed } from '../apps/ops-api/test/tenants.ts';

/** Processor time, so that a busy machine does not show. */
const msSince = (from: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1_000;
};

const MINUTES = 60;
const GROWS_EVERY_S = 60;

export async function benchWitness(): Promise<void> {
  const count = Number(process.env['WITNESS_AGENTS'] ?? 10_000);
  const clock = manualClock(START);
  const stores = memoryStores();
  const ledger = createLedger({ store: stores.leaves, checkpoints: createCheckpoints(INSTANCE, LOG_KEY), instance: INSTANCE, clock, newId });
  await consentedAndArmed(ledger);
  const lines = new Map<AgentId, Link>();
  const newest = new Map<AgentId, number>();
  // A store that only counts: writing is one statement a second, and PostgreSQL's own time.
  const cosignatures = { ...stores.cosignatures, newestSize: async (agent: AgentId) => newest.get(agent) ?? null, add: async (all: readonly { agent: AgentId; size: number }[]) => all.forEach(({ agent, size }) => newest.set(agent, size)) };
  const followers = createFollowers({ clock, ledger, instance: INSTANCE, leaves: stores.leaves, cosignatures, line: (agent) => lines.get(agent) ?? null, onFork: () => undefined, log: () => undefined });
  let machinesMs = 0;
  let bytesDown = 0;
  const events = {
    arrived(link: Link): void {
      lines.set(link.identity.agent, link);
      followers.arrived(link);
    },
    heard: (link: Link, frame: { type: string }) => frame.type === 'heartbeat' && followers.heard(link, frame as Parameters<typeof followers.heard>[1]),
    isHeld: () => null,
    gone: () => undefined,
    room: createReplyRoom(),
  };

  function dial(n: number): void {
    const agent = mustId('agent', `agent_bench_${n}`);
    const key = signingKeyOf(sha256(Buffer.from(agent)));
    const keys = envelopeKeys(new Uint8Array(32).fill(5), agent, 'h2');
    const [seal, open] = [sealer(keys.up), opener(keys.down)];
    const name = cosignerOf({ instance: INSTANCE, tenant: TENANT, agent });
    const answer = (text: string): string | null => {
      const frame = JSON.parse(open(text) ?? '{}') as ConsistencyFrame;
      if (frame.type !== 'consistency') return null;
      const line = cosign(sha256, { name, publicKey: key.publicKey, sign: key.sign }, { body: parseNote(frame.checkpoint)?.text ?? '', seconds: Math.floor(clock.now() / 1_000) });
      return seal(encodeFrame({ type: 'heartbeat', counters: { dropped: 0, refused: 0, unread: 0, commands: 0 }, cosignature: { checkpoint: frame.checkpoint, line } }));
    };
    const wire = {
      address: '192.0.2.7',
      close: () => undefined,
      send(text: string): void {
        bytesDown += text.length;
        const from = process.cpuUsage();
        const said = answer(text);
        machinesMs += msSince(from);
        if (said !== null) setImmediate(() => link.message(said));
      },
    };
    const identity = { agent, tenant: TENANT, publicKey: key.publicKeyText, connection: mustId('connection', `con_${'c'.repeat(20)}`) };
    const link = createLink({ clock, ledger, events, log: () => undefined }, { wire, identity, keys, logSize: 4 });
    link.message(seal(encodeFrame({ type: 'manifest', manifest: MANIFEST, session: null })));
  }

  /** Before it, the same hour with nobody to show anything: what moving the clock and growing the log cost here. */
  const hour = async () => {
    const from = process.cpuUsage();
    const machinesFrom = machinesMs;
    for (let second = 0; second < MINUTES * 60; second += GROWS_EVERY_S) {
      await ledger.append({ ...factOf(), at: clock.now() });
      await clock.advance(GROWS_EVERY_S * 1_000);
    }
    return msSince(from) - (machinesMs - machinesFrom);
  };
  const idle = await hour();
  followers.begin();
  for (let n = 0; n < count; n++) dial(n);
  machinesMs = 0;
  const busy = await hour();
  const { asked, proofs, heads, results } = structuredClone(followers.counts());
  await followers.close();
  const ms = busy - idle;
  process.stdout.write(
    [
      `${count} machines of one tenant, one hour, a new entry every ${GROWS_EVERY_S} s`,
      `  shown and cosigned       ${asked} (${results.taken} taken)`,
      `  proofs made, heads read  ${proofs}, ${heads}`,
      `  processor time           ${(ms / 1_000).toFixed(1)} s in 3,600 s: ${((100 * ms) / 3_600_000).toFixed(2)} % of one core, ${(ms / asked).toFixed(2)} ms each`,
      `  sent                     ${(bytesDown / asked).toFixed(0)} bytes each`,
      `  (the machines' own part  ${(machinesMs / asked).toFixed(2)} ms each)`,
      '',
    ].join('\n'),
  );
}

import { settle } from '@argus/kit/clock.ts';
import { err } from '@argus/kit/result.ts';
import { signingKeyOf, type SigningKey } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { checkpointBody } from '@argus/ledger/checkpoint.ts';
import { cosign } from '@argus/ledger/cosignature.ts';
import { keyId, NOTE_ED25519, parseNote, signedNote } from '@argus/ledger/note.ts';
import type { ConsistencyFrame, UpFrame } from '@argus/protocol/frames.ts';
import { mustId, type AgentId } from '@argus/protocol/ids.ts';
import { cosignerOf, originOf } from '@argus/protocol/origin.ts';
import { manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { memoryStores } from '../adapters/memory/stores.ts';
import { ledgerOver } from '../../test/ledger.ts';
import { AGENT, factOf, INSTANCE, LOG_KEY, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed, IDENTITY } from '../../test/tenants.ts';
import { createFollowers, HEAD_FOR_MS } from './followers.ts';
import type { Link } from './link.ts';
import { PACE } from './pace.ts';

type Heartbeat = Extract<UpFrame, { type: 'heartbeat' }>;
type Over = { readonly cosigned?: (frame: ConsistencyFrame) => Partial<Heartbeat> | null };

/** Machines that answer what a link sends them, without a wire in between. */
async function watched({ agents = 1, cosigned: answer }: Over & { readonly agents?: number } = {}) {
  const clock = manualClock(START);
  const stores = memoryStores();
  const real = ledgerOver(stores.leaves, clock);
  await consentedAndArmed(real);
  const asked = { heads: 0, proofs: 0 };
  const ledger = {
    head: (...args: Parameters<typeof real.head>) => (asked.heads++, real.head(...args)),
    keyChanges: real.keyChanges,
    consistency: (...args: Parameters<typeof real.consistency>) => (asked.proofs++, real.consistency(...args)),
  };
  const lines = new Map<AgentId, Link>();
  const frames: { readonly agent: AgentId; readonly frame: ConsistencyFrame; readonly at: number }[] = [];
  const forks: string[] = [];
  const said: string[] = [];
  const followers = createFollowers({
    clock, ledger, instance: INSTANCE, leaves: stores.leaves, cosignatures: stores.cosignatures, line: (agent) => lines.get(agent) ?? null,
    onFork: (who) => void forks.push(who.agent),
    log: (_level, what, facts) => void said.push(`${what} ${String(facts?.['why'] ?? facts?.['problem'] ?? '')}`),
  });
  followers.begin();

  function dial(agent: AgentId, from: number): Link {
    let at = from;
    const link = {
      identity: { agent, tenant: TENANT, publicKey: IDENTITY.publicKeyText, connection: mustId('connection', `con_${'c'.repeat(20)}`) },
      witnessed: () => at,
      standsAt: (size: number) => void (at = size),
      async follow(head: { size: number; note: string }, { isShorter, proofFrom, asking }: Parameters<Link['follow']>[1]) {
        expect(isShorter).toBe(head.size < at);
        const proof = at <= head.size ? await proofFrom(at) : [];
        const frame: ConsistencyFrame = { type: 'consistency', from: at, to: head.size, proof: [...proof], checkpoint: head.note };
        asking(at);
        at = Math.max(at, head.size);
        frames.push({ agent, frame, at: clock.elapsed() });
        const says = answer ? answer(frame) : { cosignature: cosignatureOf(frame.checkpoint, agent) };
        if (says) followers.heard(link, { type: 'heartbeat', counters: { dropped: 0, refused: 0, unread: 0, commands: 0 }, ...says });
      },
    } as Partial<Link> as Link; // what a follower asks of it
    lines.set(agent, link);
    followers.arrived(link);
    return link;
  }
  const named = (n: number): AgentId => (n === 0 ? AGENT : mustId('agent', `agent_follower_${n}`));
  const size = (await real.head(TENANT)).size;
  for (let n = 0; n < agents; n++) dial(named(n), size - 1);
  const grow = async (by = 1) => {
    for (let i = 0; i < by; i++) await real.append(factOf());
  };
  return { clock, stores, ledger: real, asked, frames, forks, said, followers, lines, dial, named, grow, cosigned: (agent = AGENT) => stores.cosignatures.newestSize(agent) };
}
function cosignatureOf(checkpoint: string, agent: AgentId = AGENT, { key = IDENTITY, seconds = START / 1_000 }: { key?: SigningKey; seconds?: number } = {}) {
  const body = parseNote(checkpoint)?.text ?? '';
  return { checkpoint, line: cosign(sha256, { name: cosignerOf({ instance: INSTANCE, tenant: TENANT, agent }), publicKey: key.publicKey, sign: key.sign }, { body, seconds }) };
}
/** As whoever holds a log key could have signed it. */
function note(size: number, root: Uint8Array, key: SigningKey = LOG_KEY, origin = originOf(INSTANCE, TENANT)): string {
  const body = checkpointBody({ origin, size, root });
  return signedNote(body, [{ name: origin, id: keyId(sha256, origin, NOTE_ED25519, key.publicKey), signature: key.sign(body) }]);
}
const FIRST_MS = PACE.firstWithinMs + 3_000;
const PERIOD_MS = 2 * PACE.everyMs + 3_000; // the second turn may take so long

test('a machine that has dialed in is shown what the log has grown to, and what it cosigns is kept', async () => {
  const w = await watched();
  const { size, note: head } = await w.ledger.head(TENANT);
  await w.clock.advance(FIRST_MS);
  expect(w.frames.map(({ frame }) => [frame.from, frame.to, frame.checkpoint])).toEqual([[size - 1, size, head]]);
  expect(await w.stores.cosignatures.list(TENANT, { size, after: null, limit: 9 })).toEqual([
    { tenant: TENANT, agent: AGENT, size, at: START, line: cosignatureOf(head).line },
  ]);
  expect(w.followers.reached()).toEqual({ current: 1, behind: 0, unknown: 0, furthest: 0 });
});

test('a log that has not grown is not shown again, also to one that dials in anew', async () => {
  const w = await watched();
  await w.clock.advance(FIRST_MS + 5 * PERIOD_MS);
  w.dial(AGENT, (await w.ledger.head(TENANT)).size);
  await w.clock.advance(PERIOD_MS);
  expect(w.frames.length).toBe(1);
});

test('one that has grown is, once a period; meanwhile the machine is told to be behind', async () => {
  const w = await watched({ cosigned: (frame) => ({ cosignature: cosignatureOf(frame.checkpoint, AGENT, { seconds: Math.floor(w.clock.now() / 1_000) }) }) });
  await w.clock.advance(FIRST_MS);
  for (let i = 0; i < 3; i++) {
    await w.grow(4);
    await w.clock.advance(PERIOD_MS);
  }
  const { size } = await w.ledger.head(TENANT);
  expect(w.frames.map(({ frame }) => frame.to)).toEqual([size - 12, size - 8, size - 4, size]);
  expect(await w.cosigned()).toBe(size);
});

test('one that followed by acts, and never cosigned that, is asked at the place where it stands', async () => {
  const w = await watched();
  const { size } = await w.ledger.head(TENANT);
  w.lines.get(AGENT)?.standsAt(size);
  await w.clock.advance(FIRST_MS);
  expect(w.frames.map(({ frame }) => [frame.from, frame.to, frame.proof.length])).toEqual([[size, size, 0]]);
  expect(await w.cosigned()).toBe(size);
});

test('one that has followed further than the log goes is shown what there is', async () => {
  const w = await watched({ cosigned: () => ({ followed: 99, alarms: ['log_shorter'] }) });
  const { size } = await w.ledger.head(TENANT);
  w.lines.get(AGENT)?.standsAt(99);
  await w.clock.advance(FIRST_MS);
  expect(w.frames.map(({ frame }) => [frame.to, frame.proof])).toEqual([[size, []]]);
  expect(w.lines.get(AGENT)?.witnessed()).toBe(99);
});

test('one that stands elsewhere says so, and is asked from there at its next turn', async () => {
  let isFirst = true;
  const w = await watched({ cosigned: (frame) => (isFirst ? ((isFirst = false), { followed: 2 }) : { cosignature: cosignatureOf(frame.checkpoint, AGENT, { seconds: Math.floor(w.clock.now() / 1_000) }) }) });
  await w.clock.advance(FIRST_MS + PERIOD_MS);
  expect(w.frames.map(({ frame }) => frame.from)).toEqual([4, 2]);
});

/** Guarantee: a machine that knows nothing of this is not proved to from a place it never reached. */
test('one that never answers is taken back to where it was, and after two questions is left alone', async () => {
  const w = await watched({ cosigned: () => null });
  await w.clock.advance(FIRST_MS);
  await w.grow();
  await w.clock.advance(4 * PERIOD_MS);
  expect(w.frames.map(({ frame }) => frame.from)).toEqual([4, 4]);
  expect(w.lines.get(AGENT)?.witnessed()).toBe(4);
});

// ---- what is taken

const otherRoot = new Uint8Array(32).fill(7);
test.each([
  ['by another key', (n: string) => cosignatureOf(n, AGENT, { key: signingKeyOf(new Uint8Array(32).fill(8)) })],
  ['under the name of another machine', (n: string) => cosignatureOf(n, mustId('agent', 'agent_somebody_else'))],
  ['of another log', () => cosignatureOf(note(5, otherRoot, LOG_KEY, originOf(INSTANCE, 'operator')))],
  ['from ten minutes ago', (n: string) => cosignatureOf(n, AGENT, { seconds: START / 1_000 - 600 })],
  ['from ten minutes ahead', (n: string) => cosignatureOf(n, AGENT, { seconds: START / 1_000 + 600 })],
  ['over what is no note', (n: string) => ({ ...cosignatureOf(n), checkpoint: 'hello' })],
  ['over another checkpoint than it says', (n: string) => ({ ...cosignatureOf(n), checkpoint: note(5, otherRoot) })],
] as const)('a cosignature %s is not taken, and is no fork', async (_, bent) => {
  const w = await watched({ cosigned: (frame) => ({ cosignature: bent(frame.checkpoint) }) });
  await w.clock.advance(FIRST_MS);
  expect(await w.cosigned()).toBeNull();
  expect([w.forks, w.followers.counts().results.refused]).toEqual([[], 1]);
});

/** Guarantee: a machine that was shown another log gives it away by what it cosigns. */
test.each([
  ['another root of a size we signed', () => note(3, otherRoot)],
  ['a size we never signed', () => note(77, otherRoot)],
  ['another root at the size it was asked for', (size: number) => note(size, otherRoot)],
  ['the same, signed by another log key', (size: number) => note(size, otherRoot, signingKeyOf(new Uint8Array(32).fill(8)))],
] as const)('a cosignature over %s is a fork alarm, and is not taken', async (_, seen) => {
  const w = await watched({ cosigned: (frame) => ({ cosignature: cosignatureOf(seen(frame.to)) }) });
  await w.clock.advance(FIRST_MS);
  expect(w.forks).toEqual([AGENT]);
  expect(await w.cosigned()).toBeNull();
  expect(w.followers.counts().results.fork).toBe(1);
});

/** Guarantee: a machine cannot fill the store. */
test('one answer to each question is looked at', async () => {
  const w = await watched();
  await w.clock.advance(FIRST_MS);
  const link = w.lines.get(AGENT);
  const { note: head } = await w.ledger.head(TENANT);
  for (let i = 0; i < 100; i++) if (link) w.followers.heard(link, { type: 'heartbeat', counters: { dropped: 0, refused: 0, unread: 0, commands: 0 }, cosignature: cosignatureOf(head, AGENT, { seconds: START / 1_000 + i }) });
  await settle();
  expect(w.followers.counts().results).toMatchObject({ taken: 1, unasked: 100 });
});

test('what the store did not take is asked for again', async () => {
  const w = await watched({ cosigned: (frame) => ({ cosignature: cosignatureOf(frame.checkpoint, AGENT, { seconds: Math.floor(w.clock.now() / 1_000) }) }) });
  const { add } = w.stores.cosignatures;
  w.stores.cosignatures.add = async () => Promise.reject(new Error('database is away'));
  await w.clock.advance(FIRST_MS);
  expect(w.said).toContain('cosignatures_not_stored Error: database is away');
  w.stores.cosignatures.add = add;
  await w.clock.advance(PERIOD_MS);
  expect(await w.cosigned()).toBe(5);
});

test('a head that cannot be read costs a line of output, and nothing else', async () => {
  const w = await watched();
  const { nodes } = w.stores.leaves;
  w.stores.leaves.nodes = async () => Promise.reject(err('away'));
  await w.clock.advance(FIRST_MS);
  w.stores.leaves.nodes = nodes;
  await w.clock.advance(PERIOD_MS);
  expect(await w.cosigned()).toBe(5);
});

// ---- work

/** Guarantee: ten thousand machines of one tenant cost next to nothing. Numbers in docs/adr/0041. */
test('ten thousand machines of a log that grows all the time: never more than the budget in a second, and proofs are shared', { timeout: 60_000 }, async () => {
  const w = await watched({ agents: 10_000, cosigned: (frame) => ({ followed: frame.to }) }); // signatures are measured by the bench
  for (let minute = 0; minute < 15; minute++) {
    await w.grow();
    await w.clock.advance(60_000);
  }
  const perAgent = Map.groupBy(w.frames, ({ agent }) => agent);
  expect(perAgent.size).toBe(10_000);
  expect(Math.max(...[...perAgent.values()].map((of) => of.length))).toBeLessThanOrEqual(3); // in fifteen minutes
  const perSecond = Map.groupBy(w.frames, ({ at }) => Math.floor(at / 1_000));
  expect(Math.max(...[...perSecond.values()].map((of) => of.length))).toBeLessThanOrEqual(PACE.perSecond);
  expect(w.asked.heads).toBeLessThanOrEqual((15 * 60_000) / HEAD_FOR_MS + 2);
  expect(w.asked.proofs).toBeLessThanOrEqual(15 * 15); // from each place they can stand at, to each head
  expect(w.frames.length).toBeGreaterThan(10_000);
});

test('ten thousand machines of a log that stands still: one head a minute, and nothing is sent twice', { timeout: 60_000 }, async () => {
  const w = await watched({ agents: 10_000, cosigned: (frame) => ({ cosignature: { checkpoint: frame.checkpoint, line: '' } }) });
  const size = (await w.ledger.head(TENANT)).size;
  await w.stores.cosignatures.add(Array.from({ length: 10_000 }, (_, n) => ({ tenant: TENANT, agent: w.named(n), size, at: START, line: 'x' })));
  w.stores.cosignatures.newestSize = async () => size; // the one in memory looks through all of them each time
  for (const link of w.lines.values()) link.standsAt(size);
  w.asked.heads = 0;
  await w.clock.advance(15 * 60_000);
  expect([w.frames.length, w.asked.proofs]).toEqual([0, 0]);
  expect(w.asked.heads).toBeLessThanOrEqual((15 * 60_000) / HEAD_FOR_MS + 2);
});

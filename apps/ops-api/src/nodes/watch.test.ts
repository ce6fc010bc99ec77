import { manualClock, settle } from '@argus/kit/clock.ts';
import type { DownFrame } from '@argus/protocol/frames.ts';
import { newHandle, type AgentId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { AGENT, factOf, INSTANCE, NODE, seededRandom, sessionOf, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import type { Link } from '../agents/link.ts';
import { makeTurnAway } from '../agents/turn-away.ts';
import type { Deed } from '../ports.ts';
import { createCustody } from '../sessions/custody.ts';
import { createWatch, LOOK_EVERY_MS } from './watch.ts';

const random = seededRandom('watch');
const OTHER_NODE = newHandle('node', random);

/** A live session whose agent is on a line here; what the database answers can be broken, and is counted. */
async function watching() {
  const stores = memoryStores();
  const clock = manualClock(START);
  const ledger = ledgerOver(stores.leaves, clock);
  await consentedAndArmed(ledger);
  const hops: string[] = [];
  const asked: string[] = [];
  const broken = new Set<string>();
  const lost = new Set<string>();
  const before = new Map<string, () => void>();
  const counted = <T extends object>(port: T): T =>
    Object.fromEntries(Object.entries(port).map(([name, f]) => [name, async (...args: unknown[]) => {
      asked.push(name);
      before.get(name)?.();
      if (broken.has(name)) throw new Error(`${name} is gone`);
      const answer = await (f as (...a: unknown[]) => unknown)(...args);
      return lost.has(name) ? [] : answer;
    }])) as T; // the same port, each question behind a counter
  const lines = new Map<AgentId, Link>();
  const line = { tell: (frame: DownFrame) => void hops.push(frame.type === 'deactivate' ? `told ${frame.why}` : frame.type), drop: (code: string) => { hops.push(`dropped ${code}`); lines.delete(AGENT); } } as Link; // all that is used here
  lines.set(AGENT, line);
  const switchboard = { line: (agent: AgentId) => lines.get(agent) ?? null, agents: () => [...lines.keys()] };
  const custody = createCustody({ clock, instance: INSTANCE, ledger, sessions: stores.sessions, endings: stores.endings, lines: switchboard, log: () => undefined });
  const nodes = counted(stores.nodes);
  const follow = async () => counted(await stores.nodes.follow());
  const watch = createWatch({
    clock, node: { id: NODE }, nodes: { ...nodes, follow }, sessions: counted({ byId: stores.sessions.byId, isStanding: stores.sessions.isStanding }), tenants: counted({ byId: stores.tenants.byId }), pats: stores.pats, logins: stores.logins,
    lines: switchboard, custody, turnAway: makeTurnAway({ clock, lines: switchboard }), log: () => undefined,
  });
  const session = sessionOf({ state: 'activating' });
  const doing = async (deed: Deed) => expect((await ledger.append(factOf({ outcome: 'ok' }), [deed])).ok, deed.do).toBe(true);
  await doing({ do: 'open_session', session });
  await doing({ do: 'start_session', id: session.id, secretHash: random(32) });
  custody.hold({ ...session, state: 'active' });
  await stores.nodes.place(AGENT, NODE);
  await watch.look();
  asked.length = 0;
  return { stores, clock, custody, watch, session, doing, hops, asked, broken, lost, before, lines, line };
}
type Watching = Awaited<ReturnType<typeof watching>>;

const elsewhere: Record<string, readonly [(w: Watching) => Promise<unknown>, readonly string[]]> = {
  deactivate: [({ doing, session }) => doing({ do: 'end_session', id: session.id, at: START, by: 'deactivate' }), ['told deactivate']],
  disarmed: [({ doing }) => doing({ do: 'disarm', tenant: TENANT }), ['told disarmed']],
  consent_withdrawn: [({ doing }) => doing({ do: 'withdraw_consent', tenant: TENANT, by: 'x', at: START }), ['told consent_withdrawn']],
  agent_revoked: [({ doing }) => doing({ do: 'revoke_agent', agent: AGENT, at: START }), ['told agent_revoked', 'dropped agent_revoked']],
  agent_moved: [({ stores }) => stores.nodes.place(AGENT, OTHER_NODE), ['told agent_lost', 'dropped connection_replaced']],
};
test.each(Object.entries(elsewhere))('%s elsewhere: one look later it is not live here any more', async (_how, [happen, hops]) => {
  const w = await watching();
  await happen(w);
  expect(w.custody.isLive(w.session.id)).toBe(true);
  await w.watch.look();
  expect(w.custody.isLive(w.session.id)).toBe(false);
  await w.clock.advance(1_000 - LOOK_EVERY_MS);
  expect(w.hops).toEqual(hops);
});

/** Guarantee: a notice that was lost does not matter. Whatever failed on the way, the next look finds what is true. */
test.each(Object.entries(elsewhere).flatMap(([how, [happen, hops]]) => ['next', 'byId', 'notHere'].map((what) => [how, what, happen, hops] as const)))(
  '%s elsewhere while %s fails: found as soon as the database answers again',
  async (_how, what, happen, hops) => {
    const w = await watching();
    w.broken.add(what);
    await happen(w);
    await w.watch.look();
    await w.stores.nodes.forget();
    w.broken.clear();
    await w.watch.look();
    await w.clock.advance(1_000);
    expect(w.custody.isLive(w.session.id)).toBe(false);
    expect(w.hops).toEqual(hops);
  },
);

test('a change that was forgotten while this machine slept is made up for', async () => {
  const w = await watching();
  await w.doing({ do: 'revoke_agent', agent: AGENT, at: START });
  w.lost.add('next');
  w.clock.setWall(START + 3_600_000);
  await w.watch.look();
  await w.clock.advance(1_000);
  expect(w.lines.size).toBe(0);
});

test('an idle look is one question, and what happens to others costs no more', async () => {
  const w = await watching();
  await w.watch.look();
  expect(w.asked).toEqual(['next']);
  await w.doing({ do: 'create_tenant', id: 'UTD_SOMEBODY' as typeof TENANT, name: 'x', at: START });
  await w.stores.nodes.place('agent_somebody' as AgentId, OTHER_NODE);
  await w.custody.end(w.session, { by: 'deactivate', actor: 'operator' });
  w.asked.length = 0;
  await w.watch.look();
  expect(w.asked).toEqual(['next']);
});

test('a door that was shut and opened again: what was open before is not any more', async () => {
  const w = await watching();
  await w.doing({ do: 'disarm', tenant: TENANT });
  await w.doing({ do: 'arm', tenant: TENANT, armed: { at: START, by: 'x', until: START + 86_400_000 } });
  await w.watch.look();
  expect(w.custody.isLive(w.session.id)).toBe(false);
  expect(w.hops).toContain('told disarmed');
});

test('an agent that has just arrived is not put out for where it was before', async () => {
  const w = await watching();
  await w.stores.nodes.place(AGENT, OTHER_NODE);
  w.broken.add('place'); // the others do not know yet that it is back
  w.watch.arrived(AGENT);
  await settle();
  await w.watch.look();
  expect(w.hops).toEqual([]);
  w.broken.clear();
  await w.watch.look();
  await w.watch.look();
  expect(w.hops).toEqual([]);
  expect(await w.stores.nodes.notHere(OTHER_NODE, [AGENT])).toEqual([{ agent: AGENT, why: 'moved' }]);
});

test('nor is one that comes back while we ask where it is', async () => {
  const w = await watching();
  await w.stores.nodes.place(AGENT, OTHER_NODE);
  w.broken.add('place');
  w.before.set('notHere', () => w.watch.arrived(AGENT));
  await w.watch.look();
  expect(w.asked).toContain('notHere');
  expect(w.hops).toEqual([]);
});

test('one that was revoked while it dialed in goes again', async () => {
  const w = await watching();
  await w.custody.end(w.session, { by: 'deactivate', actor: 'operator' });
  w.lines.clear();
  await w.doing({ do: 'revoke_agent', agent: AGENT, at: START });
  await w.watch.look(); // no line here yet: nothing to do
  w.lines.set(AGENT, w.line);
  w.watch.arrived(AGENT);
  await w.clock.advance(1_000);
  expect(w.hops.at(-1)).toBe('dropped agent_revoked');
});

test('it goes on looking until it is stopped, however often the database fails', async () => {
  const w = await watching();
  void w.watch.start();
  w.broken.add('next');
  await w.clock.advance(10 * LOOK_EVERY_MS);
  w.broken.clear();
  await w.doing({ do: 'disarm', tenant: TENANT });
  await w.clock.advance(LOOK_EVERY_MS);
  expect(w.custody.isLive(w.session.id)).toBe(false);
  w.watch.stop();
  w.asked.length = 0;
  await w.clock.advance(60_000);
  expect(w.asked).toEqual([]);
});

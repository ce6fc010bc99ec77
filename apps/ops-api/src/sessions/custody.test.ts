import { manualClock, settle } from '@argus/kit/clock.ts';
import type { DownFrame } from '@argus/protocol/frames.ts';
import type { SessionId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { AGENT, factOf, INSTANCE, LOG_KEY, newId, NODE, seededRandom, sessionOf, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import type { Link } from '../agents/link.ts';
import { createCheckpoints } from '../ledger/checkpoints.ts';
import { createLedger } from '../ledger/ledger.ts';
import type { Log } from '../ports.ts';
import { createCustody, LEASE_MS } from './custody.ts';

const random = seededRandom('custody');
const MINUTE = 60_000;

/** A session that is live, on a line that only remembers what it was told; the log can be taken away. */
async function live({ epoch = 1 } = {}) {
  const stores = memoryStores();
  const clock = manualClock(START);
  const hops: string[] = [];
  const said: Parameters<Log>[] = [];
  const state = { isDown: false, isConnected: true };
  const store = {
    ...stores.leaves,
    commit: async (batch: Parameters<typeof stores.leaves.commit>[0]) => {
      if (state.isDown) throw new Error('the database is gone');
      const outcome = await stores.leaves.commit(batch);
      for (const row of outcome.done ? batch.rows : []) if (row.audit.action === 'remote_support_session_ended') hops.push(`written ${row.audit.code}`);
      return outcome;
    },
  };
  const ledger = ledgerOver(store, clock);
  await consentedAndArmed(ledger);
  const line = { tell: (frame: DownFrame) => void hops.push(frame.type === 'deactivate' ? `told ${frame.why}` : frame.type) } as Link; // all that custody uses
  const custody = createCustody({ clock, instance: INSTANCE, ledger, sessions: stores.sessions, endings: stores.endings, lines: { line: () => (state.isConnected ? line : null) }, log: (...l) => void said.push(l) });
  const session = sessionOf({ state: 'activating', epoch });
  await ledger.append(factOf({ outcome: 'ok' }), [{ do: 'open_session', session }]);
  await ledger.append(factOf({ outcome: 'ok' }), [{ do: 'start_session', id: session.id, secretHash: random(32) }]);
  const active = { ...session, state: 'active' } as const;
  custody.hold(active);
  const ended = async () => { const s = await stores.sessions.byId(session.id); return s?.state === 'ended' ? [s.endedBy, s.endedAt - START] : s?.state; };
  return { stores, clock, custody, session: active, state, hops, said, ended, ledger };
}
type Live = Awaited<ReturnType<typeof live>>;
const operator = { actor: 'operator', operator: 'eve@argus.example', ip: '10.1.2.3' } as const;

const endings: Record<string, (w: Live) => Promise<unknown>> = {
  deactivate: ({ custody, session }) => custody.end(session, { by: 'deactivate', ...operator }),
  disarmed: ({ custody }) => custody.endAllOfTenant(TENANT, { by: 'disarmed', ...operator }),
  consent_withdrawn: ({ custody }) => custody.endAllOfTenant(TENANT, { by: 'consent_withdrawn', ...operator }),
  expired: ({ clock }) => clock.advance(30 * MINUTE),
  agent_lost: async ({ custody, clock }) => { custody.watch.lineLost(AGENT); await clock.advance(LEASE_MS); },
  server_shutdown: ({ custody }) => custody.shutDown(),
};
/** Guarantee: every way a session ends writes exactly one end, after the agent was told, and no timer ends it again. */
test.each(Object.entries(endings))('%s: the agent is told, then one end is written, and no later one', async (how, end) => {
  const w = await live();
  await end(w);
  await settle();
  expect(w.hops).toEqual([`told ${how}`, `written ${how}`]);
  expect(await w.ended()).toMatchObject([how, expect.any(Number)]);
  expect(w.custody.watch.epochOf(w.session.id)).toBeNull();
  w.custody.watch.lineLost(AGENT);
  w.custody.watch.lineBack(AGENT, null);
  await w.clock.advance(3 * 60 * MINUTE);
  expect(w.hops).toHaveLength(2);
});

test('all of them at once still write one end', async () => {
  const w = await live();
  await Promise.all(Object.values(endings).map((end) => end(w)));
  await w.clock.advance(MINUTE);
  expect(w.hops.filter((hop) => hop.startsWith('written'))).toHaveLength(1);
});

test('who ended it is in the record: the operator of the act, or the server for the session\'s own', async () => {
  const [byHand, byItself] = [await live(), await live()];
  await byHand.custody.end(byHand.session, { by: 'deactivate', ...operator });
  await byItself.clock.advance(30 * MINUTE);
  const last = (w: Live) => w.stores.rows(TENANT).at(-1)?.audit;
  expect(last(byHand)).toMatchObject({ operator: 'eve@argus.example', ip: '10.1.2.3', session_id: byHand.session.id, reason: 'investigate alert' });
  expect(last(byItself)).toMatchObject({ operator: 'ana@argus.example', ip: null, code: 'expired' });
});

/** Guarantee: ending never waits for the log, and nobody who ends a session waits for it either. */
test('while the log is down the agent is told at once; the end is written when it is back, once, with its own time', async () => {
  const w = await live();
  w.state.isDown = true;
  await w.clock.advance(10 * MINUTE);
  expect(await w.custody.end(w.session, { by: 'deactivate', ...operator })).toBe(false);
  expect(w.hops).toEqual(['told deactivate']);
  expect(w.said.at(-1)).toMatchObject(['error', 'session_end_not_recorded_yet', { session: w.session.id }]);
  await w.clock.advance(5 * MINUTE);
  expect(w.hops).toEqual(['told deactivate']);
  w.state.isDown = false;
  await w.clock.advance(2_000);
  expect(w.hops).toEqual(['told deactivate', 'written deactivate']);
  expect(await w.ended()).toEqual(['deactivate', 10 * MINUTE]);
});

test('an end that was written though nobody heard of it is not written again', async () => {
  const w = await live();
  const real = w.stores.leaves.commit;
  const custody = createCustody({
    instance: INSTANCE,
    clock: w.clock, sessions: w.stores.sessions, endings: w.stores.endings, lines: { line: () => null }, log: () => undefined,
    ledger: createLedger({
      store: { ...w.stores.leaves, commit: async (batch) => { await real(batch); throw new Error('the answer was lost'); } },
      checkpoints: createCheckpoints(INSTANCE, LOG_KEY), instance: INSTANCE, clock: w.clock, newId,
    }),
  });
  const before = w.stores.rows(TENANT).length;
  expect(await custody.end(w.session, { by: 'deactivate', ...operator })).toBe(false);
  await w.clock.advance(5 * MINUTE);
  expect(w.stores.rows(TENANT).length).toBe(before + 1);
});

test('a shutdown with the log down ends: each session gets one try, and the next start does the rest', async () => {
  const w = await live();
  w.state.isDown = true;
  await w.custody.shutDown();
  expect(w.hops).toEqual(['told server_shutdown']);
  w.state.isDown = false;
  await w.clock.advance(5 * MINUTE);
  expect(await w.ended()).toBe('active');
  const next = createCustody({ clock: w.clock, instance: INSTANCE, ledger: w.ledger, sessions: w.stores.sessions, endings: w.stores.endings, lines: { line: () => null }, log: () => undefined });
  await next.endLeftovers(NODE, 2);
  expect(await w.ended()).toMatchObject(['server_shutdown', 5 * MINUTE]);
});

test('a start ends what an earlier life left open, and nothing of its own', async () => {
  const w = await live({ epoch: 2 });
  await w.custody.endLeftovers(NODE, 2);
  expect(await w.ended()).toBe('active');
  await w.custody.endLeftovers(NODE, 3);
  expect(await w.ended()).toMatchObject(['server_shutdown', 0]);
});

test('a tenant\'s sessions end, another\'s do not', async () => {
  const w = await live();
  await w.custody.endAllOfTenant('UTD_ANOTHER_ONE' as typeof TENANT, { by: 'disarmed', ...operator });
  expect(await w.ended()).toBe('active');
});

test('the time box is kept by a timer and by the wall clock: whichever is first', async () => {
  const w = await live();
  w.clock.setWall(START + 30 * MINUTE - 1);
  expect(w.custody.watch.epochOf(w.session.id)).toBe(1);
  w.clock.setWall(START + 30 * MINUTE);
  expect(w.custody.watch.epochOf(w.session.id)).toBeNull();
  const other = await live();
  other.clock.setWall(START - 24 * 60 * MINUTE);
  await other.clock.advance(30 * MINUTE);
  expect(other.hops).toEqual(['told expired', 'written expired']);
});

test('only a session that is held is renewed', async () => {
  const w = await live();
  expect(w.custody.watch.epochOf(w.session.id)).toBe(1);
  expect(w.custody.watch.epochOf('rss_somebodyelsessession' as SessionId)).toBeNull();
});

test('a line that is back within the lease, with the same session, ends nothing', async () => {
  const w = await live();
  w.custody.watch.lineLost(AGENT);
  await w.clock.advance(LEASE_MS - 1);
  w.custody.watch.lineBack(AGENT, w.session.id);
  await w.clock.advance(MINUTE);
  expect(w.hops).toEqual([]);
});

test.each([null, 'rss_somebodyelsessession' as SessionId])('a line that is back holding %s restarted: the session is over at once', async (holding) => {
  const w = await live();
  w.custody.watch.lineLost(AGENT);
  w.custody.watch.lineBack(AGENT, holding);
  await settle();
  // What it holds instead is not ours either.
  expect(w.hops).toEqual(['told agent_lost', 'written agent_lost', ...(holding === null ? [] : ['told server_shutdown'])]);
});

test('lines that break and come back again and again leave no timer behind', async () => {
  const w = await live();
  for (let i = 0; i < 5; i++) {
    w.custody.watch.lineLost(AGENT);
    await w.clock.advance(1_000);
    w.custody.watch.lineBack(AGENT, w.session.id);
  }
  await w.clock.advance(MINUTE);
  expect(w.hops).toEqual([]);
  w.custody.watch.lineLost(AGENT);
  await w.clock.advance(LEASE_MS);
  expect(w.hops).toEqual(['written agent_lost'].flatMap((hop) => ['told agent_lost', hop]));
});

test('a line that was gone before the session was taken into custody still loses its lease', async () => {
  const w = await live();
  w.state.isConnected = false;
  w.custody.hold(w.session);
  await w.clock.advance(LEASE_MS);
  expect(w.hops).toEqual(['written agent_lost']);
});

test('an agent nobody holds a session of may come and go', async () => {
  const w = await live();
  await w.custody.end(w.session, { by: 'deactivate', ...operator });
  w.custody.watch.lineLost(AGENT);
  w.custody.watch.lineBack(AGENT, null);
  await w.clock.advance(MINUTE);
  expect(w.hops).toHaveLength(2);
});

test('an agent that comes back with a session nobody holds any more is put to sleep, and told how it ended', async () => {
  const w = await live();
  await w.custody.end(w.session, { by: 'deactivate', ...operator });
  w.custody.watch.lineBack(AGENT, w.session.id);
  await settle();
  expect(w.hops.at(-1)).toBe('told deactivate');
});

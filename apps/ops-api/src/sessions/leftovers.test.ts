import { manualClock } from '@argus/kit/clock.ts';
import { newHandle, newRequestId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { AGENT, factOf, INSTANCE, NODE, seededRandom, sessionOf, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import { SILENT_FOR_MS } from '../nodes/lease.ts';
import type { Deed } from '../ports.ts';
import { createCustody } from './custody.ts';
import { createLeftovers, OVERDUE_MS } from './leftovers.ts';

const random = seededRandom('leftovers');
const TURN_MS = 5_000;

/** A session that another node holds, and us beside it. */
async function beside({ state = 'active', node = newHandle('node', random) } = {}) {
  const stores = memoryStores();
  const clock = manualClock(START);
  const ledger = ledgerOver(stores.leaves, clock);
  await consentedAndArmed(ledger);
  const custody = createCustody({ clock, instance: INSTANCE, ledger, sessions: stores.sessions, endings: stores.endings, lines: { line: () => null }, log: () => undefined });
  const leftovers = createLeftovers({ clock, node: { id: NODE }, ...stores, ledger, custody, log: () => undefined });
  const session = sessionOf({ state: 'activating', node });
  const doing = async (deed: Deed) => expect((await ledger.append(factOf({ outcome: 'ok' }), [deed])).ok, deed.do).toBe(true);
  await doing({ do: 'open_session', session });
  if (state === 'active') await doing({ do: 'start_session', id: session.id, secretHash: random(32) });
  const beat = (epoch = 1) => stores.nodes.beat(node, epoch, clock.now());
  await beat();
  const turns = async (n: number, each: () => Promise<unknown> = async () => undefined) => {
    for (let i = 0; i < n; i++) {
      await clock.advance(TURN_MS);
      await each();
      await leftovers.tidy();
    }
  };
  const how = async () => { const s = await stores.sessions.byId(session.id); return s?.state === 'ended' ? s.endedBy : s?.state; };
  const written = (type: string) => stores.rows(TENANT).filter((row) => row.audit.action === type);
  return { stores, clock, ledger, custody, leftovers, session, doing, beat, turns, how, written, node };
}

test('a node that counts on is left alone, for as long as it does', async () => {
  const w = await beside();
  await w.turns(60, w.beat);
  expect(await w.how()).toBe('active');
});

test('one that stands still for longer than its lease is taken for dead: its sessions end, once', async () => {
  const w = await beside();
  await w.turns(SILENT_FOR_MS / TURN_MS);
  expect(await w.how()).toBe('active');
  await w.turns(1);
  expect(await w.how()).toBe('server_shutdown');
  await w.turns(20);
  expect(w.written('remote_support_session_ended')).toHaveLength(1);
});

test('one sign of life, and the waiting begins anew', async () => {
  const w = await beside();
  await w.turns(SILENT_FOR_MS / TURN_MS);
  await w.beat();
  await w.turns(SILENT_FOR_MS / TURN_MS);
  expect(await w.how()).toBe('active');
});

/** Guarantee (fence): between our look and our act it may have come back; then nothing of it is ended. */
test('a node that comes back at the last moment keeps its session', async () => {
  const w = await beside();
  await w.turns(SILENT_FOR_MS / TURN_MS);
  const { leftOpenBy } = w.stores.sessions;
  w.stores.sessions.leftOpenBy = async (...args) => { const open = await leftOpenBy(...args); await w.beat(); return open; };
  await w.turns(1);
  expect(await w.how()).toBe('active');
});

test('a command that the dead node was carrying out has the only honest outcome: unknown', async () => {
  const w = await beside();
  const { outcome: _outcome, code: _code, ...intent } = factOf({ agent: AGENT, session: w.session.id, type: 'remote_support_command', command: 'ping', requestId: newRequestId(random) });
  await w.ledger.append({ ...intent, phase: 'intent' });
  await w.turns(SILENT_FOR_MS / TURN_MS + 1);
  expect(w.written('remote_support_command').map((row) => [row.audit.phase, row.audit.outcome])).toEqual([['intent', null], ['outcome', 'unknown']]);
});

test('of several nodes that find it, one writes the end', async () => {
  const w = await beside();
  const other = createLeftovers({ clock: w.clock, node: { id: newHandle('node', random) }, ...w.stores, ledger: w.ledger, custody: w.custody, log: () => undefined });
  await w.turns(SILENT_FOR_MS / TURN_MS + 3, () => other.tidy());
  expect(await w.how()).toBe('server_shutdown');
  expect(w.written('remote_support_session_ended')).toHaveLength(1);
});

test('what nobody holds and nobody ended is ended by time, with the time of its end', async () => {
  const w = await beside({ state: 'activating', node: NODE });
  await w.turns(30 * 12, w.beat);
  expect(await w.how()).toBe('activating'); // whoever holds it has a moment to end it
  await w.turns(OVERDUE_MS / TURN_MS, w.beat);
  expect(await w.how()).toBe('expired');
  expect(await w.stores.sessions.byId(w.session.id)).toMatchObject({ endedAt: w.session.expiresAt, endedWho: { actor: 'server', operator: null }, lastWord: { is: 'not_expected' } });
});

test('a database that fails stops nobody from trying again', async () => {
  const w = await beside();
  const { othersWithSessions } = w.stores.nodes;
  let fails = true;
  w.stores.nodes.othersWithSessions = (than) => (fails ? Promise.reject(new Error('gone')) : othersWithSessions(than));
  const leftovers = createLeftovers({ clock: w.clock, node: { id: NODE }, ...w.stores, nodes: w.stores.nodes, ledger: w.ledger, custody: w.custody, log: () => undefined });
  await leftovers.tidy();
  fails = false;
  for (let i = 0; i <= SILENT_FOR_MS / TURN_MS; i++) {
    await leftovers.tidy();
    await w.clock.advance(TURN_MS);
  }
  await leftovers.tidy();
  expect(await w.how()).toBe('server_shutdown');
});

import { isoTime, manualClock, settle } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { Activate } from '@argus/protocol/http/shapes.ts';
import { expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { AGENT, factOf, INSTANCE, NODE, principalOf, secretHash, seededRandom, sessionOf, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import type { Link } from '../agents/link.ts';
import type { Deed } from '../ports.ts';
import { createCustody } from '../sessions/custody.ts';
import type { Caller } from './caller.ts';
import { makeActivate } from './activate.ts';

const random = seededRandom('activate');

/** An armed tenant and an agent that wakes up as told; the log can be taken away. */
async function ready(wake: (w: { doing: (deed: Deed) => Promise<unknown>; openSession: () => Promise<string> }) => Promise<Result<void, Denial>> = async () => ok(undefined)) {
  const stores = memoryStores();
  const clock = manualClock(START);
  const state = { isDown: false };
  const store = { ...stores.leaves, commit: async (batch: Parameters<typeof stores.leaves.commit>[0]) => { if (state.isDown) throw new Error('gone'); return stores.leaves.commit(batch); } };
  const ledger = ledgerOver(store, clock);
  await consentedAndArmed(ledger);
  const doing = (deed: Deed) => ledger.append(factOf({ outcome: 'ok' }), [deed]);
  const openSession = async () => (await stores.sessions.openOf(AGENT))?.id ?? '';
  const told: string[] = [];
  const line = { tell: (frame: { type: string; why?: string }) => void told.push(`${frame.type} ${frame.why ?? ''}`), activate: () => wake({ doing, openSession }) } as unknown as Link; // all that an activation uses
  const lines = { line: () => line };
  const custody = createCustody({ clock, instance: INSTANCE, ledger, sessions: stores.sessions, endings: stores.endings, lines, log: () => undefined });
  const use = makeActivate({ clock, instance: INSTANCE, random, secretHash, ledger, ...stores, lines, custody, node: { id: NODE, epoch: 1 }, enabled: true, log: () => undefined });
  const caller: Caller = { ip: '10.1.2.3', fromOperatorNetwork: true, opsTokenMatches: () => true, principal: async () => principalOf() };
  const activate = async () => {
    const entered = await use.enter(caller, AGENT);
    if (!entered.ok) throw new Error(entered.error.code);
    const request = ok(Activate.parse({ tenant_id: TENANT, reason: 'investigate alert', nonce: Buffer.from(random(16)).toString('hex'), timestamp: isoTime(clock.now()) }));
    const answer = await use.activate(caller, { agentNamed: AGENT, entered: entered.value, request });
    return answer.ok ? 'ok' : answer.error.code;
  };
  const record = () => stores.rows(TENANT).map(({ audit }) => [audit.action, audit.phase, audit.outcome, audit.code].join(' ')).filter((text) => text.startsWith('remote_support'));
  return { stores, clock, state, custody, doing, activate, told, record };
}

/** Guarantee: every intent has its outcome, and a session somebody shut while the agent woke up opens for nobody. */
test('disarmed while the agent wakes up: no token, the agent sleeps again, and the record has both ends', async () => {
  const w = await ready(async ({ doing, openSession }) => {
    await doing({ do: 'disarm', tenant: TENANT });
    await doing({ do: 'end_session', id: (await openSession()) as never, at: START, by: 'disarmed' });
    return ok(undefined);
  });
  expect(await w.activate()).toBe('session_expired');
  expect(w.told.length).toBeGreaterThan(0);
  expect(w.record().filter((text) => text.includes(' intent ') || text.includes(' outcome '))).toEqual([
    'remote_support_activation intent  ', 'remote_support_activation outcome refused session_expired',
  ]);
  expect(await w.stores.sessions.openOf(AGENT)).toBeNull();
});

test.each(['agent_did_not_acknowledge', 'agent_lost', 'indicator_failed', 'not_in_log'] as const)('an agent that answers %s has no session, and the record says how sure we are', async (code) => {
  const w = await ready(async () => err(deny(code)));
  expect(await w.activate()).toBe(code);
  const isSilence = code === 'agent_did_not_acknowledge' || code === 'agent_lost';
  expect(w.record().slice(-2)).toEqual([
    `remote_support_activation outcome ${isSilence ? 'unknown' : 'refused'} ${code}`,
    `remote_support_session_ended fact ok ${isSilence ? 'not_acknowledged' : 'agent_refused'}`,
  ]);
});

const expired = sessionOf({ state: 'activating', createdAt: START - 31 * 60_000, expiresAt: START - 60_000 });
test('a session whose time is up is no obstacle: it is ended, then the new one opens', async () => {
  const w = await ready();
  await w.doing({ do: 'disarm', tenant: TENANT });
  await w.doing({ do: 'arm', tenant: TENANT, armed: { at: START, by: 'x', until: START + 86_400_000 } });
  await w.doing({ do: 'open_session', session: expired });
  expect(await w.activate()).toBe('ok');
  expect(await w.stores.sessions.byId(expired.id)).toMatchObject({ state: 'ended', endedBy: 'expired' });
});

/** Guarantee: an activation never waits for the log to come back: it would open a session when nobody asks for one any more. */
test('with the log down it is refused at once, also when an expired session is in the way', async () => {
  const w = await ready();
  await w.doing({ do: 'open_session', session: expired });
  w.state.isDown = true;
  let answer = '';
  void w.activate().then((code) => (answer = code));
  await settle();
  expect(answer).toBe('audit_unavailable');
  w.state.isDown = false;
  await w.clock.advance(60_000);
  expect(await w.stores.sessions.openOf(AGENT)).toBeNull();
});

test('when the outcome cannot be written no token is shown, and the session ends as soon as it can be written', async () => {
  const w = await ready();
  const downWhileWaking = await ready(async () => { downWhileWaking.state.isDown = true; return ok(undefined); });
  expect(await downWhileWaking.activate()).toBe('outcome_unrecorded');
  expect(downWhileWaking.told).toContain('deactivate server_shutdown');
  downWhileWaking.state.isDown = false;
  await downWhileWaking.clock.advance(2_000);
  expect(await downWhileWaking.stores.sessions.openOf(AGENT)).toBeNull();
  expect(await w.activate()).toBe('ok');
});

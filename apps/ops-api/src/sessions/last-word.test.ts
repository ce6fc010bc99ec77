import { isoTime, manualClock, settle } from '@argus/kit/clock.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { signValue } from '@argus/keys/signature.ts';
import { newHandle } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { AGENT, agentNamed, factOf, INSTANCE, NODE, OTHER_TENANT, seededRandom, sessionOf, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed, IDENTITY } from '../../test/tenants.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import type { LinkIdentity } from '../agents/link.ts';
import type { Deed, Log } from '../ports.ts';
import { createCustody } from './custody.ts';
import { LAST_WORD_WITHIN_MS } from './session.ts';

const random = seededRandom('last word');

/** A session that was awake; the log can be taken away, and its machine speaks for itself. */
async function awake({ node = NODE } = {}) {
  const stores = memoryStores();
  const clock = manualClock(START);
  const said: Parameters<Log>[] = [];
  const state = { isDown: false };
  const store = { ...stores.leaves, commit: async (batch: Parameters<typeof stores.leaves.commit>[0]) => { if (state.isDown) throw new Error('gone'); return stores.leaves.commit(batch); } };
  const ledger = ledgerOver(store, clock);
  await consentedAndArmed(ledger);
  const custody = createCustody({ clock, instance: INSTANCE, ledger, sessions: stores.sessions, endings: stores.endings, lines: { line: () => null }, log: (...l) => void said.push(l) });
  const session = sessionOf({ state: 'activating', node });
  const doing = async (deed: Deed) => expect((await ledger.append(factOf({ outcome: 'ok' }), [deed])).ok, deed.do).toBe(true);
  await doing({ do: 'open_session', session });
  await doing({ do: 'start_session', id: session.id, secretHash: random(32) });
  const active = { ...session, state: 'active' } as const;
  const who: LinkIdentity = { agent: AGENT, tenant: TENANT, publicKey: IDENTITY.publicKeyText, connection: newHandle('connection', random) };
  const word = (how = 'deactivate', { id = session.id, key = IDENTITY, over = {} } = {}) => {
    const at = isoTime(clock.now());
    const signature = signValue(key, 'end', { instance: INSTANCE, tenant: TENANT, agent: AGENT, session: id, how, at });
    return { session: id, how, at, signature, ...over };
  };
  const hear = async (what: ReturnType<typeof word>, from = who) => { custody.watch.agentEnded(from, what); await settle(); };
  const byHand = () => custody.end(active, { by: 'deactivate', actor: 'operator', operator: 'eve@argus.example' });
  const types = () => stores.rows(TENANT).map((row) => row.audit.action).filter((type) => type.startsWith('remote_support_session')).map((type) => type.slice('remote_support_session_'.length));
  const shown = async () => { const s = await stores.sessions.byId(session.id); return s?.state === 'ended' ? [s.endedBy, s.endedWho?.actor, s.lastWord.is] : s?.state; };
  return { stores, clock, custody, session: active, who, word, hear, byHand, types, shown, state, said };
}

test.each([['expired', 'expired', 'agent'], ['tenant_kill_switch', 'tenant_kill_switch', 'tenant'], ['agent_lost', 'agent_lost', 'agent'], ['deactivate', 'agent_lost', 'agent']])(
  'an end that the machine says first, %s, is the end, as %s by the %s, with its signature in the same entry',
  async (how, by, actor) => {
    const w = await awake();
    w.custody.hold(w.session);
    await w.hear(w.word(how));
    expect(await w.shown()).toEqual([by, actor, 'signed']);
    expect(w.types()).toEqual(['ended']);
    expect(JSON.parse(w.stores.rows(TENANT).at(-1)?.bytes ?? '{}')).toMatchObject({ code: by, by: actor, agent_signature: w.word(how).signature, args_commit: { agent_said: how } });
  },
);

test('one that comes after the end completes it, once, however often it is said', async () => {
  const w = await awake();
  await w.byHand();
  expect(await w.shown()).toEqual(['deactivate', 'operator', 'awaited']);
  for (let i = 0; i < 3; i++) await w.hear(w.word());
  expect(await w.shown()).toEqual(['deactivate', 'operator', 'signed']);
  expect(w.types()).toEqual(['ended', 'closed']);
});

const forged: Record<string, (w: Awaited<ReturnType<typeof awake>>) => Promise<unknown>> = {
  'without a fitting signature': (w) => w.hear(w.word('deactivate', { over: { signature: `${'A'.repeat(86)}==` } })),
  'signed by another key': (w) => w.hear(w.word('deactivate', { key: signingKeyOf(new Uint8Array(32).fill(8)) })),
  'with another word than was signed': (w) => w.hear(w.word('deactivate', { over: { how: 'expired' } })),
  'with another time than was signed': (w) => w.hear(w.word('deactivate', { over: { at: isoTime(START + 1) } })),
  'by another agent, who signs for itself': (w) => {
    const other = { ...w.who, agent: agentNamed(7) };
    const signed = { instance: INSTANCE, tenant: TENANT, agent: other.agent, session: w.session.id, how: 'deactivate', at: isoTime(START) };
    return w.hear({ ...w.word(), signature: signValue(IDENTITY, 'end', signed) }, other);
  },
  'by an agent of another tenant': (w) => {
    const other = { ...w.who, tenant: OTHER_TENANT };
    const signed = { instance: INSTANCE, tenant: OTHER_TENANT, agent: AGENT, session: w.session.id, how: 'deactivate', at: isoTime(START) };
    return w.hear({ ...w.word(), signature: signValue(IDENTITY, 'end', signed) }, other);
  },
  'about a session that never was': (w) => w.hear(w.word('deactivate', { id: newHandle('session', random) })),
};
/** Guarantee: only the machine itself, by its own key, can say that a session is over on its side. */
test.each(Object.entries(forged))('one %s completes nothing, and ends nothing', async (_what, say) => {
  const [ended, elsewhere] = [await awake(), await awake({ node: newHandle('node', random) })];
  await ended.byHand();
  await say(ended);
  await say(elsewhere);
  expect(await ended.shown()).toEqual(['deactivate', 'operator', 'awaited']);
  expect(await elsewhere.shown()).toBe('active');
});

test('a machine that says here that the session another node holds is over ends it, once, with its signature', async () => {
  const w = await awake({ node: newHandle('node', random) });
  await w.hear(w.word('tenant_kill_switch'));
  await w.hear(w.word('tenant_kill_switch'));
  expect(await w.shown()).toEqual(['tenant_kill_switch', 'tenant', 'signed']);
  expect(w.types()).toEqual(['ended']);
});

/** Guarantee: who ended it stays who ended it, though the machine was heard before the log could take it. */
test('with the log down the end by hand comes first and the last word after it, when it is back', async () => {
  const w = await awake();
  w.state.isDown = true;
  await w.byHand();
  await w.hear(w.word('agent_lost'));
  await w.clock.advance(10_000);
  w.state.isDown = false;
  await w.clock.advance(3_000);
  expect(await w.shown()).toEqual(['deactivate', 'operator', 'signed']);
  expect(w.types()).toEqual(['ended', 'closed']);
});

test('the same while another node is still to write the end it decided', async () => {
  const w = await awake();
  w.custody.hold(w.session);
  w.custody.leaveToOthers(w.session, { by: 'disarmed', actor: 'server' });
  await w.hear(w.word('disarmed'));
  expect(await w.shown()).toBe('active');
  await w.clock.advance(5_000);
  expect(await w.shown()).toEqual(['disarmed', 'server', 'signed']);
  expect(w.types()).toEqual(['ended', 'closed']);
});

test('one that does not come is on record once, as an alarm, and still not a second end', async () => {
  const w = await awake();
  await w.byHand();
  await w.clock.advance(LAST_WORD_WITHIN_MS - 1);
  await w.custody.failOverdueLastWords();
  expect(w.types()).toEqual(['ended']);
  await w.clock.advance(1);
  for (let i = 0; i < 3; i++) await w.custody.failOverdueLastWords();
  expect(w.types()).toEqual(['ended', 'failed_to_close']);
  expect(w.said.filter(([level, what]) => level === 'error' && what === 'session_failed_to_close')).toHaveLength(1);
  await w.hear(w.word());
  expect(w.types()).toEqual(['ended', 'failed_to_close', 'closed']);
});

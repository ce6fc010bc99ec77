/** How ends come to custody from outside: the machine's own word, a door that is being shut, a log that says no. */
import { manualClock, isoTime, settle } from '@argus/kit/clock.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { signValue } from '@argus/keys/signature.ts';
import { err, ok } from '@argus/kit/result.ts';
import { deny, type ErrorCode } from '@argus/protocol/errors.ts';
import { mustId, newHandle } from '@argus/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { AGENT, INSTANCE, newSessionId, OTHER_TENANT, seededRandom, sessionOf, START, TENANT } from '../../test/sample.ts';
import { IDENTITY } from '../../test/tenants.ts';
import type { AgentEnded } from '../agents/switchboard.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { Link, LinkIdentity } from '../agents/link.ts';
import type { Log } from '../ports.ts';
import { createCustody, LEASE_MS } from './custody.ts';

const CONNECTION = newHandle('connection', seededRandom('ends'));
const who: LinkIdentity = { agent: AGENT, tenant: TENANT, publicKey: IDENTITY.publicKeyText, connection: CONNECTION };

/** Custody over a log that answers as it is told, and keeps what it was given. */
function keeping({ answers = [] }: { answers?: readonly ErrorCode[] } = {}) {
  const clock = manualClock(START);
  const written: Attempt[] = [];
  const told: string[] = [];
  const said: Parameters<Log>[] = [];
  const left = [...answers];
  let isSlow: Promise<unknown> = Promise.resolve();
  const append = async (attempt: Attempt) => {
    await isSlow;
    written.push(attempt);
    const code = left.shift();
    return code ? err(deny(code)) : ok({} as never); // nobody looks at the receipt of an end
  };
  const line = { tell: (frame: { type: string; why?: string }) => void told.push(`${frame.type} ${frame.why ?? ''}`) } as unknown as Link; // all that custody uses
  const nobody = { openOfTenant: async () => [], openOfToken: async () => [], leftOpenBy: async () => [], byId: async () => null, openOf: async () => null };
  const custody = createCustody({ clock, instance: INSTANCE, ledger: { append }, sessions: nobody, endings: { withoutLastWord: async () => [] }, lines: { line: () => line }, log: (...l) => void said.push(l) });
  const session = sessionOf();
  custody.hold(session);
  return { clock, custody, session, written, told, said, slowDown: (until: Promise<unknown>) => void (isSlow = until) };
}

describe('the machine says that its session ended', () => {
  const word = (session: string, over: Partial<AgentEnded> = {}, { key = IDENTITY, claims = {} }: { key?: typeof IDENTITY; claims?: object } = {}): AgentEnded => {
    const ended = { session: mustId('session', session), how: 'expired', at: isoTime(START + 1_000), ...over };
    const signed = { instance: INSTANCE, tenant: TENANT, agent: AGENT, session: ended.session, how: ended.how, at: ended.at, ...claims };
    return { ...ended, signature: signValue(key, 'end', signed) };
  };

  test.each(['expired', 'tenant_kill_switch'] as const)('%s, signed: that is how it ended, with its signature as evidence', async (how) => {
    const w = keeping();
    const ended = word(w.session.id, { how });
    w.custody.watch.agentEnded(who, ended);
    await settle();
    expect(w.written).toMatchObject([{ code: how, by: how === 'expired' ? 'agent' : 'tenant', session: w.session.id, answer: { agentAt: ended.at, agentSignature: ended.signature } }]);
    expect(w.said).toEqual([]);
    expect(w.custody.count()).toBe(0);
  });

  /** Guarantee: a machine cannot put an end on record that is somebody else's to decide. */
  test.each(['deactivate', 'disarmed', 'server_shutdown', 'whatever'])('%s, signed: only the machine being gone is its own to say', async (how) => {
    const w = keeping();
    w.custody.watch.agentEnded(who, word(w.session.id, { how }));
    await settle();
    expect(w.written).toMatchObject([{ code: 'agent_lost', by: 'agent', answer: { agentSignature: expect.any(String) } }]);
  });

  const forged: readonly (readonly [string, Parameters<typeof word>[2]])[] = [
    ['by another key', { key: signingKeyOf(new Uint8Array(32).fill(8)) }],
    ['for another way of ending', { claims: { how: 'tenant_kill_switch' } }],
    ['for another session', { claims: { session: newSessionId() } }],
    ['for another agent', { claims: { agent: 'agent_somebody_else' } }],
    ['for another tenant', { claims: { tenant: OTHER_TENANT } }],
    ['for another server', { claims: { instance: newHandle('instance', seededRandom('another')) } }],
    ['for another time', { claims: { at: isoTime(START + 2_000) } }],
  ];
  test.each(forged)('signed %s: it ends as lost, without that signature, and somebody is told', async (_what, how) => {
    const w = keeping();
    w.custody.watch.agentEnded(who, word(w.session.id, {}, how));
    await settle();
    expect(w.written).toMatchObject([{ code: 'agent_lost', by: 'agent' }]);
    expect(w.written[0]).not.toHaveProperty('answer');
    expect(w.said).toEqual([['warn', 'agent_end_not_signed', { agent: AGENT, session: w.session.id }]]);
  });

  test('of a session that is another agent\'s, or that nobody holds: nothing ends', async () => {
    const w = keeping();
    w.custody.watch.agentEnded({ ...who, agent: mustId('agent', 'agent_somebody_else') }, word(w.session.id));
    w.custody.watch.agentEnded(who, word(newSessionId()));
    await settle();
    expect([w.written, w.told, w.custody.isLive(w.session.id)]).toEqual([[], [], true]);
  });
});

/** Guarantee: from the moment somebody begins to shut a tenant's door, nothing of that tenant's is live. */
describe('a door that is being shut', () => {
  test('ends the life of every session behind it at once, and no other\'s', () => {
    const { custody, session } = keeping();
    custody.beginClosing(OTHER_TENANT);
    expect(custody.isLive(session.id)).toBe(true);
    custody.beginClosing(TENANT);
    expect([custody.isLive(session.id), custody.watch.epochOf(session.id)]).toEqual([false, null]);
  });
  test('and is open again only when everybody who was shutting it has let go', () => {
    const { custody, session } = keeping();
    const [one, two] = [custody.beginClosing(TENANT), custody.beginClosing(TENANT)];
    one();
    expect(custody.isLive(session.id)).toBe(false);
    two();
    expect([custody.isLive(session.id), custody.watch.epochOf(session.id)]).toEqual([true, session.epoch]);
    custody.beginClosing(TENANT);
    expect(custody.isLive(session.id)).toBe(false);
  });
});

test('the end of an older session takes nothing from the newer one of the same agent', async () => {
  const w = keeping();
  const newer = sessionOf();
  w.custody.hold(newer);
  await w.custody.end(w.session, { by: 'deactivate', actor: 'operator' });
  expect([w.custody.count(), w.custody.isLive(newer.id)]).toEqual([1, true]);
  w.custody.watch.lineLost(AGENT);
  await w.clock.advance(LEASE_MS);
  expect(w.written.map(({ code, session }) => [code, session])).toEqual([['deactivate', w.session.id], ['agent_lost', newer.id]]);
});

test('a session that was ended while its line was lost is not lost as well', async () => {
  const w = keeping();
  w.custody.watch.lineLost(AGENT);
  await w.custody.end(w.session, { by: 'deactivate', actor: 'operator' });
  await w.clock.advance(LEASE_MS * 2);
  expect([w.told, w.written.map(({ code }) => code)]).toEqual([['deactivate deactivate'], ['deactivate']]);
});

test('an agent whose session has ended is nobody\'s: that it comes back holding it puts it to sleep', async () => {
  const w = keeping();
  await w.custody.end(w.session, { by: 'deactivate', actor: 'operator' });
  w.custody.watch.lineBack(AGENT, w.session.id);
  await settle(); // it may owe its last word: that is looked up
  expect(w.told).toEqual(['deactivate deactivate', 'deactivate server_shutdown']);
});

describe('a log that does not take the end', () => {
  test('since somebody else ended it: it is ended, and that is no error', async () => {
    const w = keeping({ answers: ['session_expired'] });
    expect(await w.custody.end(w.session, { by: 'expired', actor: 'server' })).toBe(true);
    await w.clock.advance(10_000);
    expect([w.written.length, w.said]).toEqual([1, []]);
  });
  test('since it is gone: it is tried again until it is there, and each time is told', async () => {
    const w = keeping({ answers: ['audit_unavailable', 'audit_unavailable'] });
    expect(await w.custody.end(w.session, { by: 'expired', actor: 'server' })).toBe(false);
    await w.clock.advance(10_000);
    expect([w.written.length, w.said.map(([, what]) => what)]).toEqual([3, ['session_end_not_recorded_yet', 'session_end_not_recorded_yet']]);
  });
  test('for a reason that will not pass: it is told, and not tried for ever', async () => {
    const w = keeping({ answers: ['internal'] });
    expect(await w.custody.end(w.session, { by: 'expired', actor: 'server' })).toBe(true);
    await w.clock.advance(10_000);
    expect([w.written.length, w.said.map(([level, what]) => [level, what])]).toEqual([1, [['error', 'session_end_refused']]]);
  });
});

test('a shutdown waits for the ends that are being written', async () => {
  const w = keeping();
  let free: (value?: unknown) => void = () => undefined;
  w.slowDown(new Promise((resolve) => (free = resolve)));
  void w.custody.end(w.session, { by: 'deactivate', actor: 'operator' });
  let isDown = false;
  const shuttingDown = w.custody.shutDown().then(() => (isDown = true));
  await settle();
  expect(isDown).toBe(false);
  free();
  await shuttingDown;
  expect(w.written).toMatchObject([{ code: 'deactivate' }]);
});

test('where an end has no address, no reason of its own and no evidence, the record has none', async () => {
  const w = keeping();
  await w.custody.end(w.session, { by: 'expired', actor: 'server' });
  expect(Object.keys(w.written[0] ?? {}).toSorted()).toEqual(['agent', 'at', 'by', 'code', 'operator', 'outcome', 'phase', 'reason', 'session', 'tenant', 'type']);
  expect(w.written[0]).toMatchObject({ operator: w.session.operator, reason: w.session.reason, type: 'remote_support_session_ended', phase: 'fact', outcome: 'ok' });
});

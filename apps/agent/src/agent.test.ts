import { settle } from '@argus/kit/clock.ts';
import { DOWN_FRAME_TYPES, FRAME_BYTES_MAX, type DownFrame } from '@argus/protocol/frames.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { MANIFEST_BYTES_MAX, Manifest } from '@argus/protocol/manifest.ts';
import { expect, test } from 'vitest';
import { memoryConsent } from '../testing/memory-consent.ts';
import { createMachine, forkedFrame, isIo, type ManualMachine as Machine } from '../testing/machine.ts';
import { createLog, OPERATOR, OTHER_SESSION, SESSION, START, TRUST } from '../testing/signed-log.ts';
import { LEASE_MS } from './activation.ts';
import { takeManifest } from './manifest.ts';

// ---- dormant

test('a dormant agent drops and counts commands, without an answer, a look at the log, or anything else', async () => {
  const m = createMachine();
  m.log.add();
  await m.deps.witness.advance(m.log.followed());
  m.connect();
  m.forget();
  for (let i = 0; i < 4; i++) await m.hear(m.command({ command: 'agent_info' }));
  await m.hear(m.command({}, createLog(['another history']).place(0))); // a look would find a fork
  expect(m.record).toEqual([]);
  expect(m.notes).toEqual([]);
  expect(m.agent.counters()).toEqual({ dropped: 5, refused: 0, unread: 0, commands: 0 });
});

/** Guarantee: nothing that a server can send makes a dormant agent do or say anything, but refuse to wake, and witness the log. */
test('a dormant agent answers no kind of frame, except an activation with its refusal, and a consistency with how far it has followed the log', async () => {
  const m = createMachine();
  m.connect();
  m.forget();
  const frames: { readonly [T in DownFrame['type']]: DownFrame } = {
    activate: m.activation({}, { agent: mustId('agent', 'agent_somebody_else') }),
    command: m.command(),
    args: { type: 'args', session: SESSION, request_id: mustId('request', 'request_args'), part: 0, chunk: '{}' },
    tick: { type: 'tick', session: SESSION, epoch: 1, challenge: 'one' },
    deactivate: { type: 'deactivate', session: SESSION, why: 'deactivate' },
    consistency: { type: 'consistency', from: 0, to: 1, proof: [], checkpoint: m.log.checkpoint() },
    pace: { type: 'pace', retry_after_s: 5 },
    move: { type: 'move' },
    error: { type: 'error', code: 'bad_frame' },
  };
  expect(Object.keys(frames).toSorted()).toEqual(DOWN_FRAME_TYPES.toSorted());
  for (const frame of Object.values(frames)) await m.hear(frame);
  expect(m.record).toEqual(['send activated', 'send heartbeat']);
  expect(m.codes()).toEqual(['session_mismatch']);
  expect(m.heartbeats()).toMatchObject([{ followed: 1 }]);
});

test('the manifest is the first thing on a line, then a heartbeat, and a dormant agent says nothing more by itself', async () => {
  const m = createMachine();
  m.connect();
  await m.clock.advance(3_600_000);
  expect(m.sentTypes()).toEqual(['manifest', 'heartbeat']);
  expect(m.sent[0]).toMatchObject({ session: null, manifest: { agent_version: '1.4.0', cameras: [{ id: 'cam_3', name: 'Lobby' }] } });
});

test('what is not a frame is only counted', async () => {
  const m = createMachine();
  m.connect();
  m.forget();
  const deep = `${'{"type":"command","args":{"a":'.repeat(1)}${'['.repeat(100_000)}`;
  for (const text of ['', 'null', '[]', '{}', '{"type":"shell"}', '{"type":"tick"}', deep, 'x'.repeat(FRAME_BYTES_MAX + 1)]) await m.hear(text);
  expect(m.agent.counters().unread).toBe(8);
  expect(m.record).toEqual([]);
});

test('the manifest of a machine with as many cameras as there can be is one that a server reads', () => {
  const cameras = Array.from({ length: 256 }, (_, i) => ({ id: mustId('camera', `${i}_`.padEnd(64, 'c')), name: '界'.repeat(128), kind: 'test_pattern' as const }));
  const manifest = takeManifest({ trust: { ...TRUST, cameras }, machine: { version: '1', platform: 'x' }, clock: createMachine().clock, consent: memoryConsent() });
  expect(Manifest.safeParse(manifest).success).toBe(true);
  expect(Buffer.byteLength(JSON.stringify(manifest))).toBeGreaterThan(MANIFEST_BYTES_MAX - 1_024); // and not shorter than it has to be
});

// ---- waking

test('waking stores the entry, raises the indicator, acknowledges, and challenges, in this order', async () => {
  const m = createMachine();
  m.connect();
  m.forget();
  await m.hear(m.activation());
  expect(m.record).toEqual(['store #0 of 1', 'stored', 'raise', 'raised', 'send activated', 'send challenge']);
  expect(m.agent.session()).toBe(SESSION);
  expect(m.notices).toEqual([{ session: SESSION, operator: OPERATOR, reason: 'investigate alert', until: START + 30 * 60_000 }]);
});

test('nothing is acknowledged or done while the indicator is still on its way up', async () => {
  const m = createMachine();
  m.connect();
  m.forget();
  m.waits.raise.shut();
  void m.hear(m.activation());
  await settle();
  await m.hear(m.command({ command: 'agent_info' }));
  expect(m.record).toEqual(['store #0 of 1', 'stored', 'raise']);
  expect(m.agent.session()).toBeNull();
  m.waits.raise.open();
  await settle();
  expect(m.codes()).toEqual(['awake']);
});

test('the owner is shown plain text, whatever an operator wrote', async () => {
  const m = createMachine();
  await m.wake({ operator: 'ana\u202e\u0007@argus.example', reason: `look\u009b31m ${'rst_'.padEnd(47, 'a')}\nhere` });
  expect(m.notices).toMatchObject([{ operator: 'ana @argus.example', reason: 'look 31m rst_[redacted] here' }]);
});

test('an agent whose indicator cannot be raised does not wake, and leaves no light half on', async () => {
  const m = createMachine();
  m.connect();
  m.forget();
  m.fails.raise = true;
  await m.hear(m.activation());
  await settle();
  expect(m.codes()).toEqual(['indicator_failed']);
  expect(m.agent.session()).toBeNull();
  expect(m.record.toSorted()).toEqual(['lower', 'raise', 'send activated', 'store #0 of 1', 'stored']);
  m.fails.raise = false;
  await m.hear(m.activation());
  expect(m.codes().at(-1)).toBe('awake');
});

test('an activation that cannot be stored raises nothing', async () => {
  const m = createMachine();
  m.connect();
  m.forget();
  m.fails.store = true;
  await m.hear(m.activation());
  expect(m.record).toEqual(['store #0 of 1', 'send activated']);
  expect(m.codes()).toEqual(['not_in_log']);
  expect(m.agent.session()).toBeNull();
});

test('an indicator that takes longer than the lease, or the time box, is lowered again and nobody wakes', async () => {
  const m = createMachine();
  m.connect();
  m.forget();
  m.waits.raise.shut();
  void m.hear(m.activation());
  await m.clock.advance(LEASE_MS);
  m.waits.raise.open();
  await settle();
  expect(m.codes()).toEqual(['session_expired']);
  expect(m.record.filter((line) => line === 'lower')).toHaveLength(1);
  expect([m.agent.session(), m.isLit()]).toEqual([null, false]);
});

test('a second activation is refused while awake, and while waking', async () => {
  const m = createMachine();
  m.connect();
  m.waits.raise.shut();
  void m.hear(m.activation());
  await settle();
  await m.hear(m.activation({ session: OTHER_SESSION }));
  m.waits.raise.open();
  await settle();
  await m.hear(m.activation({ session: OTHER_SESSION }));
  expect(m.codes()).toEqual(['session_active', 'awake', 'session_active']);
  expect(m.agent.session()).toBe(SESSION);
  expect(m.notices).toHaveLength(1);
});

test('an activation that was acted on wakes nobody a second time, also after a restart', async () => {
  const m = createMachine();
  m.connect();
  const frame = m.activation();
  await m.hear(frame);
  await m.hear({ type: 'deactivate', session: SESSION, why: 'deactivate' });
  const again = { ...frame, ...m.log.place(frame.index, { from: 1 }) };
  await m.hear(again);
  const next = m.restart();
  next.connect();
  await next.hear(again);
  expect(m.codes()).toEqual(['awake', 'not_in_log']);
  expect(next.codes()).toEqual(['not_in_log']);
});

/** Each of them has to call off an activation that is under way. */
const whileWaking: Readonly<Record<string, (m: Machine) => unknown>> = {
  'a deactivate for it': (m) => m.hear({ type: 'deactivate', session: SESSION, why: 'deactivate' }),
  'the end of the process': (m) => m.agent.stop(),
  'the end of the line': (m) => m.agent.disconnected(),
  'a fork of the log': (m) => m.hear(forkedFrame(m)),
};
const stages = ['store', 'raise'] as const;
const calledOff = Object.keys(whileWaking).flatMap((what) => stages.map((stage) => [what, stage] as const));

test.each(calledOff)('%s, while waking waits for %s, leaves nobody awake and nothing lit', async (what, stage) => {
  const m = createMachine();
  m.log.add();
  m.connect();
  m.waits[stage].shut();
  void m.hear(m.activation());
  await settle();
  void whileWaking[what]?.(m);
  await settle();
  m.waits[stage].open();
  await settle();
  expect(m.agent.session()).toBeNull();
  expect(m.isLit()).toBe(false);
  expect(m.codes()).not.toContain('awake');
  expect(m.record.filter((line) => line === 'lower').length).toBe(stage === 'raise' ? 1 : 0);
  await m.clock.advance(60_000);
  expect(m.sentTypes()).not.toContain('challenge');
});

/** Guarantee: while a session is live its light is on; an old "off" that was slow does not put it out. */
test('a slow lowering of one session does not put out the light of the next', async () => {
  const m = createMachine();
  await m.wake();
  m.waits.lower.shut();
  await m.hear({ type: 'deactivate', session: SESSION, why: 'deactivate' });
  void m.hear(m.activation({ session: OTHER_SESSION }));
  await settle();
  expect(m.agent.session()).toBeNull(); // it waits for its turn
  m.waits.lower.open();
  await settle();
  expect([m.agent.session(), m.isLit()]).toEqual([OTHER_SESSION, true]);
});

// ---- lines that break

test('an awake agent that reconnects within its lease goes on, and asks for a renewal at once', async () => {
  const m = createMachine();
  await m.wake();
  m.agent.disconnected();
  await m.clock.advance(LEASE_MS - 1_000);
  m.forget();
  m.connect();
  expect(m.sent).toMatchObject([{ type: 'manifest', session: SESSION }, { type: 'heartbeat' }, { type: 'challenge' }]);
  await m.tick(m.lastChallenge());
  await m.clock.advance(LEASE_MS - 1_000);
  expect(m.agent.session()).toBe(SESSION);
});

test('an agent that reconnects after its lease is dormant, says so first, and says how the session ended', async () => {
  const m = createMachine();
  await m.wake();
  m.agent.disconnected();
  await m.clock.advance(LEASE_MS);
  expect(m.isLit()).toBe(false);
  m.forget();
  m.connect();
  expect(m.sent).toMatchObject([{ type: 'manifest', session: null }, { type: 'heartbeat', ended: { session: SESSION, how: 'agent_lost' } }]);
  expect(m.sentTypes()).toEqual(['manifest', 'heartbeat']);
});

test('an agent whose wall clock jumped past the lease while it was offline does not claim its session', async () => {
  const m = createMachine();
  await m.wake();
  m.agent.disconnected();
  m.clock.setWall(START + 60_000);
  m.forget();
  m.connect();
  expect(m.sent[0]).toMatchObject({ type: 'manifest', session: null });
});

test('how a session ended is said again on the next line, since the last one may not have carried it, and once per line', async () => {
  const m = createMachine();
  await m.wake();
  await m.hear({ type: 'deactivate', session: SESSION, why: 'deactivate' });
  m.agent.heartbeat();
  m.agent.disconnected();
  m.connect();
  m.agent.heartbeat();
  expect(m.heartbeats().map((f) => f.ended?.how)).toEqual(['deactivate', undefined, 'deactivate', undefined]);
});

test('a command that was running when the line broke is answered to nobody', async () => {
  const m = createMachine();
  await m.wake();
  m.waits.files.shut();
  void m.hear(m.command({ command: 'agent_info' }));
  await settle();
  m.agent.disconnected();
  m.waits.files.open();
  await settle();
  expect(m.sent).toEqual([]);
});

test('a restarted agent is dormant', async () => {
  const m = createMachine();
  await m.wake();
  const next = m.restart();
  next.connect();
  expect(next.sent[0]).toMatchObject({ type: 'manifest', session: null });
  await next.hear(next.command({ command: 'agent_info' }));
  expect(next.record.filter(isIo)).toEqual([]);
});

test('after stop nothing is read, sent or started any more', async () => {
  const m = createMachine();
  await m.wake();
  m.agent.stop();
  await settle();
  m.forget();
  await m.hear(m.activation());
  m.agent.disconnected();
  m.connect();
  await m.hear(m.activation());
  await m.clock.advance(3_600_000);
  expect(m.record).toEqual([]);
});

test('an activation that has arrived but was not looked at yet does not outlive stop', async () => {
  const m = createMachine();
  m.connect();
  m.forget();
  void m.hear(m.activation());
  m.agent.stop();
  await settle();
  expect(m.record.filter(isIo)).toEqual([]);
  expect(m.agent.session()).toBeNull();
});

// ---- as a walk

/** Guarantee: these are all the words an agent has, and in dormancy only the first three. */
test('an agent says manifest, heartbeat and activated when dormant, and challenge and reply only when awake', async () => {
  const m = createMachine();
  const said = { dormant: new Set<string>(), awake: new Set<string>() };
  m.connect();
  const take = (state: keyof typeof said) => {
    for (const { type } of m.sent.splice(0)) said[state].add(type);
  };
  for (let round = 0; round < 3; round++) {
    const session = mustId('session', `rss_${'abc'.charAt(round).repeat(20)}`);
    m.fails.raise = round === 1;
    await m.hear(m.command());
    await m.hear('nonsense');
    await m.tick('x');
    await m.clock.advance(20_000);
    take('dormant');
    m.resync(); // the command was dropped
    await m.hear(m.activation({ session }));
    if (round === 1) {
      take('dormant');
      continue;
    }
    m.agent.heartbeat();
    await m.clock.advance(6_000);
    await m.tick(m.lastChallenge(), session);
    await m.hear(m.command({ session }));
    take('awake');
    await m.hear({ type: 'deactivate', session, why: 'deactivate' });
    take('dormant');
  }
  expect([...said.dormant].toSorted()).toEqual(['activated', 'heartbeat', 'manifest']);
  expect([...said.awake].toSorted()).toEqual(['activated', 'challenge', 'heartbeat', 'reply']);
});

import { canonicalJson } from '@argus/kit/canonical-json.ts';
import { settle } from '@argus/kit/clock.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { verifyValue } from '@argus/keys/signature.ts';
import { COMMANDS } from '@argus/protocol/commands/index.ts';
import { DOWN_FRAME_TYPES, FRAME_BYTES_MAX, parseUp, type DownFrame } from '@argus/protocol/frames.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { MANIFEST_BYTES_MAX, Manifest } from '@argus/protocol/manifest.ts';
import { expect, test } from 'vitest';
import { createMachine, type ManualMachine as Machine } from '../testing/machine.ts';
import { AGENT, createLog, IDENTITY, INSTANCE, keyOf, LOG_KEY, OPERATOR, SESSION, START, TENANT, TRUST } from '../testing/signed-log.ts';
import { LEASE_MS } from './activation.ts';
import { IN_FLIGHT_MAX } from './agent.ts';
import { takeManifest } from './manifest.ts';
import { NO_LEAF, replyFrames } from './reply.ts';

const otherSession = mustId('session', `rss_${'t'.repeat(20)}`);
const isIo = (line: string) => !line.startsWith('send ') && line !== 'stored';

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

/** Guarantee: nothing that a server can send makes a dormant agent do or say anything, but refuse to wake. */
test('a dormant agent answers no kind of frame, except an activation with its refusal', async () => {
  const m = createMachine();
  m.connect();
  m.forget();
  const frames: { readonly [T in DownFrame['type']]: DownFrame } = {
    activate: m.activation({}, { agent: mustId('agent', 'agent_somebody_else') }),
    command: m.command(),
    tick: { type: 'tick', session: SESSION, epoch: 1, challenge: 'one' },
    deactivate: { type: 'deactivate', session: SESSION, why: 'deactivate' },
    consistency: { type: 'consistency', from: 0, to: 1, proof: [], checkpoint: m.log.checkpoint() },
    pace: { type: 'pace', retry_after_s: 5 },
    move: { type: 'move' },
    error: { type: 'error', code: 'bad_frame' },
  };
  expect(Object.keys(frames).toSorted()).toEqual(DOWN_FRAME_TYPES.toSorted());
  for (const frame of Object.values(frames)) await m.hear(frame);
  expect(m.record).toEqual(['send activated']);
  expect(m.codes()).toEqual(['session_mismatch']);
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
  const manifest = takeManifest({ trust: { ...TRUST, cameras }, machine: { version: '1', platform: 'x' }, clock: createMachine().clock });
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
  await m.hear(m.activation({ session: otherSession }));
  m.waits.raise.open();
  await settle();
  await m.hear(m.activation({ session: otherSession }));
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
  void m.hear(m.activation({ session: otherSession }));
  await settle();
  expect(m.agent.session()).toBeNull(); // it waits for its turn
  m.waits.lower.open();
  await settle();
  expect([m.agent.session(), m.isLit()]).toEqual([otherSession, true]);
});

// ---- commands

test('a command is stored, then run, then answered', async () => {
  const m = createMachine();
  await m.wake();
  await m.hear(m.command({ command: 'agent_info' }));
  expect(m.record).toEqual(['store #1 of 2', 'stored', 'read config.yaml', 'send reply']);
  expect(m.agent.counters().commands).toBe(1);
});

test('a command that cannot be stored is not run', async () => {
  const m = createMachine();
  await m.wake();
  m.fails.store = true;
  await m.hear(m.command({ command: 'agent_info' }));
  expect(m.record).toEqual(['store #1 of 2', 'send reply']);
  expect(m.codes()).toEqual(['not_in_log']);
  m.fails.store = false;
  await m.hear(m.command({ command: 'agent_info' }));
  expect(m.codes()).toEqual(['not_in_log', 'ok']);
});

/** Every way a session ends, and what the agent calls it. The walk below is about what ending does to commands. */
const endings: Readonly<Record<string, { readonly how: string; readonly end: (m: Machine) => unknown }>> = {
  'a deactivate': { how: 'deactivate', end: (m) => m.hear({ type: 'deactivate', session: SESSION, why: 'deactivate' }) },
  'a disarm': { how: 'disarmed', end: (m) => m.hear({ type: 'deactivate', session: SESSION, why: 'disarmed' }) },
  'a withdrawn consent': { how: 'consent_withdrawn', end: (m) => m.hear({ type: 'deactivate', session: SESSION, why: 'consent_withdrawn' }) },
  'a lapsed lease': { how: 'agent_lost', end: (m) => m.clock.advance(LEASE_MS) },
  'the end of the time box': {
    how: 'expired',
    async end(m) {
      m.answerChallenges();
      await m.tick(m.lastChallenge());
      await m.clock.advance(31 * 60_000);
    },
  },
  'a wall clock set forward': {
    how: 'expired',
    end(m) {
      m.clock.setWall(START + 86_400_000);
      m.agent.session(); // whoever asks next finds out
    },
  },
  'a fork of the log': { how: 'agent_lost', end: (m) => m.hear(forkedFrame(m)) },
  'the end of the process': { how: 'agent_lost', end: (m) => m.agent.stop() },
};
const wayOut = Object.entries(endings).map(([what, { how, end }]) => [what, how, end] as const);

test.each(wayOut)('%s lowers the indicator exactly once, and is signed as %s', async (_, how, end) => {
  const m = createMachine();
  await m.wake();
  await end(m);
  await settle();
  expect(m.agent.session()).toBeNull();
  expect(m.isLit()).toBe(false);
  m.agent.stop();
  await m.hear({ type: 'deactivate', session: SESSION, why: 'deactivate' });
  await m.clock.advance(3_600_000);
  expect(m.record.filter((line) => line === 'lower')).toHaveLength(1);
  const said = m.heartbeats().flatMap((f) => f.ended ?? []);
  expect(said).toMatchObject([{ session: SESSION, how }]);
  const [{ signature, at } = { signature: '', at: '' }] = said;
  expect(verifyValue(IDENTITY.publicKeyText, 'end', { instance: INSTANCE, tenant: TENANT, agent: AGENT, session: SESSION, how, at }, signature)).toBe(true);
});

/** Guarantee (I3): kill, expiry, disarm and withdrawal beat every command in flight. */
test.each(wayOut)('%s between storing and acting beats the command: it is not run', async (_, _how, end) => {
  const m = createMachine();
  await m.wake();
  m.waits.store.shut();
  void m.hear(m.command({ command: 'agent_info' }));
  await settle();
  await end(m);
  m.waits.store.open();
  await settle();
  expect(m.record).not.toContain('read config.yaml');
  expect(m.agent.counters().commands).toBe(0);
  expect(m.codes()).not.toContain('ok');
});

test.each(wayOut)('%s while a command runs withholds its result', async (_, _how, end) => {
  const m = createMachine();
  await m.wake();
  m.waits.files.shut();
  void m.hear(m.command({ command: 'agent_info' }));
  await settle();
  await end(m);
  m.waits.files.open();
  await settle();
  expect(m.record).toContain('read config.yaml');
  expect(m.codes()).not.toContain('ok');
  expect(m.replies().map((f) => f.chunk).join('')).toBe('');
});

test.each(wayOut)('after %s commands are dropped without an answer', async (_, _how, end) => {
  const m = createMachine();
  await m.wake();
  await end(m);
  await settle();
  m.forget();
  await m.hear(m.command({ command: 'agent_info' }));
  await settle();
  expect(m.record).toEqual([]);
});

test('an indicator that cannot be lowered does not keep a session alive', async () => {
  const m = createMachine();
  await m.wake();
  m.fails.lower = true;
  await m.hear({ type: 'deactivate', session: SESSION, why: 'deactivate' });
  await settle();
  expect(m.agent.session()).toBeNull();
  expect(m.saw('indicator_not_lowered')).toBe(1);
});

test('a deactivate or a tick for another session changes nothing', async () => {
  const m = createMachine();
  await m.wake();
  await m.hear({ type: 'deactivate', session: otherSession, why: 'deactivate' });
  await m.tick('anything', otherSession);
  expect(m.agent.session()).toBe(SESSION);
  expect(m.record).toEqual([]);
});

/** Guarantee: the server cannot make us sign that the owner switched off, nor any other word of its own. */
test.each(['tenant_kill_switch', 'all is well', '', '\ud800', '\u0000', '__proto__'])('a deactivate that says %j ends the session, and we sign "deactivate"', async (why) => {
  const m = createMachine();
  await m.wake();
  await m.hear({ type: 'deactivate', session: SESSION, why });
  await settle();
  expect(m.agent.session()).toBeNull();
  expect(m.isLit()).toBe(false);
  expect(m.heartbeats()).toMatchObject([{ ended: { how: 'deactivate' } }]);
});

test('two commands back to back are both admitted, in order, and neither is looked at twice', async () => {
  const m = createMachine();
  await m.wake();
  const [one, two] = [m.command({ command: 'agent_info' }), m.command({ command: 'agent_info' })];
  await Promise.all([m.hear(one), m.hear(two)]);
  expect(m.codes()).toEqual(['ok', 'ok']);
  expect(m.replies().map((f) => f.request_id)).toEqual([one.request_id, two.request_id]);
  expect(m.followed()).toMatchObject({ size: 3, highestActed: 2 });
});

test('commands out of the order of the log are refused, and the later one has been run', async () => {
  const m = createMachine();
  await m.wake();
  const [one, two] = [m.command(), m.command()];
  await m.hear({ ...two, ...m.log.place(two.index, { from: 1 }) });
  await m.hear({ ...one, ...m.log.place(one.index, { from: 3 }) });
  expect(m.codes()).toEqual(['ok', 'not_in_log']);
});

test('a command runs once, however often its frame comes, also after a restart and a new session', async () => {
  const m = createMachine();
  await m.wake();
  const frame = m.command({ command: 'agent_info' });
  await m.hear(frame);
  await m.hear(frame);
  await m.hear({ ...frame, ...m.log.place(frame.index, { from: 2 }) });
  const next = m.restart();
  await next.wake();
  await next.hear({ ...frame, ...m.log.place(frame.index, { from: 3 }) });
  expect(m.codes()).toEqual(['ok', 'not_in_log', 'not_in_log']);
  expect(next.codes()).toEqual(['not_in_log']);
  expect([...m.record, ...next.record].filter((line) => line === 'read config.yaml')).toHaveLength(1);
});

test.each(COMMANDS.map((c) => c.name))('the result of %s is what its contract says, and its reply verifies', async (command) => {
  const m = createMachine();
  await m.wake();
  await m.clock.advance(1_500);
  m.forget();
  const frame = m.command({ command });
  await m.hear(frame);
  const [reply] = m.replies();
  const contract = COMMANDS.find((c) => c.name === command);
  const result: unknown = JSON.parse(reply?.chunk ?? 'null');
  expect(contract?.parseResult(result).ok).toBe(true);
  const signed = {
    instance: INSTANCE,
    tenant: TENANT,
    agent: AGENT,
    session: SESSION,
    request_id: frame.request_id,
    leaf_hash: sha256Hex(Buffer.concat([Buffer.of(0), Buffer.from(frame.leaf)])),
    result_sha256: sha256Hex(reply?.chunk ?? ''),
    at: reply?.end?.at ?? '',
    ok: true,
  };
  expect(verifyValue(IDENTITY.publicKeyText, 'reply', signed, reply?.end?.signature ?? '')).toBe(true);
});

test('a refusal is signed as a refusal, over the entry it answers, or over none', async () => {
  const m = createMachine();
  await m.wake();
  const known = m.command({ command: 'shell' });
  await m.hear(known);
  await m.hear({ ...m.command(), inclusion: [] });
  const verdicts = m.replies().map(({ request_id, chunk, end }) => {
    const leaf_hash = request_id === known.request_id ? sha256Hex(Buffer.concat([Buffer.of(0), Buffer.from(known.leaf)])) : NO_LEAF;
    const signed = { instance: INSTANCE, tenant: TENANT, agent: AGENT, session: SESSION, request_id, leaf_hash, result_sha256: sha256Hex(''), at: end?.at ?? '', code: end?.code ?? '' };
    return [chunk, end?.code, verifyValue(IDENTITY.publicKeyText, 'reply', signed, end?.signature ?? '')];
  });
  expect(verdicts).toEqual([
    ['', 'command_not_allowlisted', true],
    ['', 'not_in_log', true],
  ]);
});

test('a handler that throws is an answer with the code internal, and says nothing of why', async () => {
  const m = createMachine();
  await m.wake();
  m.fails.files = true;
  await m.hear(m.command({ command: 'agent_info' }));
  expect(m.codes()).toEqual(['internal']);
  expect(JSON.stringify(m.sent)).not.toContain('files failed');
});

test('a result longer than a chunk travels in pieces, each of which a server reads, signed as a whole on the last', () => {
  const value = { text: '😀"\n\u0001'.repeat(40_000) };
  const frames = replyFrames(TRUST, IDENTITY, { frame: { session: SESSION, request_id: mustId('request', 'request_1') }, leafHash: NO_LEAF, result: { ok: true, value }, at: new Date(START).toISOString() });
  const read = frames.map((frame) => parseUp(JSON.stringify(frame)));
  expect(frames.length).toBeGreaterThan(2);
  expect(read.every((frame) => frame.ok)).toBe(true);
  expect(frames.map((f) => f.part)).toEqual(frames.map((_, i) => i));
  expect(frames.map((f) => f.end !== undefined)).toEqual(frames.map((_, i) => i === frames.length - 1));
  const text = frames.map((f) => f.chunk).join('');
  expect(text).toBe(canonicalJson(value));
  expect(frames.at(-1)?.end?.result_sha256).toBe(sha256Hex(text));
});

/** Guarantee: memory is bounded, also while the disk hangs and the server keeps sending. */
test('commands beyond a few dozen at once are refused without a look, and there is room again afterwards', async () => {
  const m = createMachine();
  await m.wake();
  m.waits.store.shut();
  const heard = Array.from({ length: IN_FLIGHT_MAX + 3 }, () => m.hear(m.command()));
  await settle();
  expect(m.codes()).toEqual(Array.from({ length: 3 }, () => 'rate_limited'));
  expect(m.record.filter((line) => line.startsWith('store '))).toHaveLength(IN_FLIGHT_MAX);
  m.waits.store.open();
  await Promise.all(heard);
  expect(m.codes().filter((code) => code === 'ok')).toHaveLength(IN_FLIGHT_MAX);
  m.resync();
  await m.hear(m.command());
  expect(m.codes().at(-1)).toBe('ok');
});

// ---- a log that contradicts itself

/** A command whose checkpoint belongs to another history of the same log. */
function forkedFrame(m: Machine): DownFrame {
  const other = createLog();
  for (let i = 0; i < m.followed().size; i++) other.add({ reason: 'another history' });
  const index = other.add({ type: 'remote_support_activation', session: otherSession, args_commit: { minutes: 30 } });
  const frame = m.agent.session() === null ? 'activate' : 'command';
  const act = frame === 'activate' ? { type: frame, epoch: 1 } : { type: frame, request_id: mustId('request', 'request_fork'), args: {} };
  return { ...act, session: SESSION, tenant: TENANT, agent: AGENT, ...other.place(index, { from: m.followed().size }) } as DownFrame; // one of the two
}

/** Guarantee: a fork is remembered on disk, and nothing but the owner lifts it. */
test('a fork puts the agent to sleep, is stored, and is told with every heartbeat', async () => {
  const m = createMachine();
  await m.wake();
  await m.hear(forkedFrame(m));
  await settle();
  expect(m.agent.session()).toBeNull();
  expect(m.stored().fork).not.toBeNull();
  m.agent.heartbeat();
  expect(m.heartbeats().map((f) => f.alarms)).toEqual([['log_forked'], ['log_forked']]);
});

test('after a fork nobody wakes the agent any more, not even in the history it knows, not even after a restart', async () => {
  const m = createMachine();
  await m.wake();
  await m.hear(forkedFrame(m));
  await settle();
  m.forget();
  await m.hear(m.activation());
  const next = m.restart();
  next.connect();
  await next.hear(next.activation());
  expect([...m.codes(), ...next.codes()]).toEqual(['not_in_log', 'not_in_log']);
  expect(next.heartbeats()).toMatchObject([{ alarms: ['log_forked'] }]);
  expect([...m.record, ...next.record].filter(isIo)).toEqual([]);
});

test('a fork that the disk does not take holds all the same, and is stored when the disk has room', async () => {
  const m = createMachine();
  await m.wake();
  m.fails.store = true;
  await m.hear(forkedFrame(m));
  await settle();
  m.agent.heartbeat();
  await settle();
  expect([m.stored().fork, m.saw('fork_not_stored')]).toEqual([null, 2]);
  expect(m.heartbeats().at(-1)?.alarms).toEqual(['log_forked']);
  m.fails.store = false;
  m.agent.heartbeat();
  await settle();
  expect(m.stored().fork).not.toBeNull();
  m.forget();
  m.agent.heartbeat();
  expect(m.record).toEqual(['send heartbeat']); // once is enough
});

test('a fork is noticed in an activation too, and in one that is refused for something else', async () => {
  const m = createMachine();
  m.log.add();
  await m.wake();
  const other = createLog(['another beginning', 'and more']);
  const index = other.add({ type: 'remote_support_activation', session: otherSession, args_commit: { minutes: 30 } });
  await m.hear(m.activation({ session: otherSession }, other.place(index, { from: 2 })));
  await settle();
  expect(m.codes()).toEqual(['session_active']);
  expect([m.agent.session(), m.stored().fork === null]).toEqual([null, false]);
});

test('a log that somebody else signed is no fork and changes nothing', async () => {
  const m = createMachine();
  await m.wake();
  const frame = m.command();
  await m.hear({ ...frame, ...m.log.place(frame.index, { from: 1, signer: { key: keyOf(8) } }) });
  expect(m.codes()).toEqual(['not_in_log']);
  expect(m.agent.session()).toBe(SESSION);
  expect(m.stored().fork).toBeNull();
  expect(LOG_KEY).not.toBe(IDENTITY);
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

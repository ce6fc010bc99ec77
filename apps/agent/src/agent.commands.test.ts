import { toBase64 } from '@argus/kit/bytes.ts';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { settle } from '@argus/kit/clock.ts';
import { sha256, sha256Hex } from '@argus/keys/hash.ts';
import { verifyValue } from '@argus/keys/signature.ts';
import { commitArgs } from '@argus/protocol/args-commit.ts';
import { COMMANDS, parseCall } from '@argus/protocol/commands/index.ts';
import { parseUp } from '@argus/protocol/frames.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { EXAMPLE_PATCH_KEY } from '@argus/protocol/patch.ts';
import { expect, test } from 'vitest';
import { createMachine, forkedFrame, isIo, type ManualMachine as Machine } from '../testing/machine.ts';
import { AGENT, createLog, IDENTITY, INSTANCE, keyOf, OTHER_SESSION, SESSION, START, TENANT, TRUST } from '../testing/signed-log.ts';
import { LEASE_MS } from './activation.ts';
import { IN_FLIGHT_MAX } from './commands-in-flight.ts';
import { NO_LEAF } from '@argus/protocol/signed.ts';
import { replyFrames } from './reply.ts';

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
  'a revocation': { how: 'agent_revoked', end: (m) => m.hear({ type: 'deactivate', session: SESSION, why: 'agent_revoked' }) },
  'a server that stops': { how: 'server_shutdown', end: (m) => m.hear({ type: 'deactivate', session: SESSION, why: 'server_shutdown' }) },
  'an acknowledgement nobody heard': { how: 'not_acknowledged', end: (m) => m.hear({ type: 'deactivate', session: SESSION, why: 'not_acknowledged' }) },
  "the owner's switch": { how: 'tenant_kill_switch', end: (m) => m.switchOff() },
  "the owner's switch, found thrown": {
    how: 'tenant_kill_switch',
    end(m) {
      m.throwSwitch();
      m.agent.session(); // whoever asks next finds out
    },
  },
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
  await m.hear({ type: 'deactivate', session: OTHER_SESSION, why: 'deactivate' });
  await m.tick('anything', OTHER_SESSION);
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

test.each(COMMANDS.map((c) => [c.name, c] as const))('the result of %s is what its contract says, and its reply verifies', async (command, contract) => {
  const m = createMachine({ trust: { ...TRUST, patch: { keys: [EXAMPLE_PATCH_KEY], threshold: 1 } } });
  await m.wake();
  await m.clock.advance(1_500);
  m.forget();
  const call = parseCall(command, contract.example);
  if (!call.ok) throw new Error(call.error.code);
  const args = call.value.args as { readonly [name: string]: Json }; // as JSON has it
  const salt = new Uint8Array(16);
  const frame = m.command({ command, args_commit: commitArgs(contract.args, args, { salt, sha256 }) }, { args, salt: toBase64(salt) });
  await m.hear(frame);
  const [reply] = m.replies();
  const result: unknown = JSON.parse(reply?.chunk ?? 'null');
  expect(contract.parseResult(result).ok).toBe(true);
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
  const frames = replyFrames(TRUST, IDENTITY, { frame: { session: SESSION, request_id: mustId('request', 'request_1') }, leafHash: NO_LEAF, result: { ok: true, value: canonicalJson(value) }, at: new Date(START).toISOString() });
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
  const index = other.add({ type: 'remote_support_activation', session: OTHER_SESSION, args_commit: { minutes: 30 } });
  await m.hear(m.activation({ session: OTHER_SESSION }, other.place(index, { from: 2 })));
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
});

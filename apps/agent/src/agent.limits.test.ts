/** What the agent keeps to by its own clock and its own count, whatever the server says or does not say. */
import type { Json } from '@argus/kit/canonical-json.ts';
import { settle } from '@argus/kit/clock.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { verifyValue } from '@argus/keys/signature.ts';
import { contractFor } from '@argus/protocol/commands/index.ts';
import type { LateWord } from '@argus/protocol/frames.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { createMachine, type ManualMachine as Machine } from '../testing/machine.ts';
import { AGENT, IDENTITY, INSTANCE, OTHER_SESSION, SESSION, TENANT, TRUST } from '../testing/signed-log.ts';
import { LEASE_MS } from './activation.ts';
import { IN_FLIGHT_MAX } from './commands-in-flight.ts';

const TIMEOUT_MS = contractFor('agent_info')?.timeoutMs ?? 0;
const lates = (m: Machine) => m.heartbeats().flatMap((f) => f.late ?? []);
function isSignedWord({ signature, ...word }: LateWord, leaf: string): boolean {
  const leaf_hash = sha256Hex(Buffer.concat([Buffer.of(0), Buffer.from(leaf)]));
  const signed = { instance: INSTANCE, tenant: TENANT, agent: AGENT, session: SESSION, leaf_hash, ...word } as Json; // absent fields are absent
  return verifyValue(IDENTITY.publicKeyText, 'reply', signed, signature);
}

async function awake(options: Parameters<typeof createMachine>[0] = {}) {
  const m = createMachine(options);
  await m.wake();
  m.answerChallenges();
  await m.tick(m.lastChallenge());
  return m as Machine; // on the manual clock, which is the default
}

// ---- time

test('a command that takes longer than its contract allows is answered as timed out, by the agent itself', async () => {
  const m = await awake();
  m.waits.files.shut();
  void m.hear(m.command({ command: 'agent_info' }));
  await m.clock.advance(TIMEOUT_MS - 1);
  expect(m.codes()).toEqual([]);
  await m.clock.advance(1);
  expect(m.codes()).toEqual(['command_timed_out']);
});

test('what became of it is told when it is through: signed, over its entry, and without the result', async () => {
  const m = await awake();
  m.waits.files.shut();
  const frame = m.command({ command: 'agent_info' });
  void m.hear(frame);
  await m.clock.advance(TIMEOUT_MS);
  expect(lates(m)).toEqual([]);
  m.waits.files.open();
  await settle();
  const [word, ...more] = lates(m);
  expect(more).toEqual([]);
  expect(word).toMatchObject({ request_id: frame.request_id, ok: true });
  expect(word && isSignedWord(word, frame.leaf)).toBe(true);
  expect(m.replies().map((f) => f.chunk).join('')).toBe('');
  expect(m.codes()).toEqual(['command_timed_out']);
});

/** Guarantee: an act nobody waits for any more does not begin. */
test('a command that waited for the disk longer than it may take is not run, and says so', async () => {
  const m = await awake();
  m.waits.store.shut();
  void m.hear(m.command({ command: 'agent_info' }));
  await m.clock.advance(TIMEOUT_MS);
  m.waits.store.open();
  await settle();
  expect(m.record).not.toContain('read config.yaml');
  expect(m.codes()).toEqual(['rate_limited']);
});

test('the time a command waited for the disk is not given to it again', async () => {
  const m = await awake();
  m.waits.store.shut();
  m.waits.files.shut();
  void m.hear(m.command({ command: 'agent_info' }));
  await m.clock.advance(TIMEOUT_MS - 1_000);
  m.waits.store.open();
  await settle();
  await m.clock.advance(1_000);
  expect(m.codes()).toEqual(['command_timed_out']);
});

/** Guarantee: memory is bounded, also when what runs never returns. */
test('a command that hangs keeps its place among those in flight until it is through', async () => {
  const m = await awake();
  m.waits.files.shut();
  for (let i = 0; i < IN_FLIGHT_MAX; i++) void m.hear(m.command({ command: 'agent_info' }));
  await m.clock.advance(TIMEOUT_MS);
  expect(m.codes()).toEqual(Array.from({ length: IN_FLIGHT_MAX }, () => 'command_timed_out'));
  await m.hear(m.command());
  expect(m.codes().at(-1)).toBe('rate_limited');
  m.waits.files.open();
  await settle();
  await m.hear(m.command());
  expect(m.codes().at(-1)).toBe('ok');
});

// ---- size

test('a result larger than its contract allows is refused by the agent, and none of it leaves', async () => {
  const cameras = Array.from({ length: 256 }, (_, i) => ({ id: mustId('camera', `cam_${i}`), name: 'ä'.repeat(128), kind: 'test_pattern' as const }));
  const m = await awake({ trust: { ...TRUST, cameras } });
  await m.hear(m.command({ command: 'agent_info' }));
  expect(m.codes()).toEqual(['result_too_large']);
  expect(JSON.stringify(m.sent)).not.toContain('äää');
  await m.hear(m.command());
  expect(m.codes().at(-1)).toBe('ok');
});

// ---- once

/** Guarantee: the same id never acts twice, also against a server that logs it twice. */
test('a request the log holds twice is acted on once, also after a restart', async () => {
  const request_id = mustId('request', 'request_twice');
  const m = await awake();
  await m.hear(m.command({ command: 'agent_info', request_id }, { request_id }));
  await m.hear(m.command({ command: 'agent_info', request_id }, { request_id }));
  const next = m.restart();
  await next.wake({ session: OTHER_SESSION });
  await next.hear(next.command({ command: 'agent_info', request_id, session: OTHER_SESSION }, { request_id }));
  await next.hear(next.command({ command: 'ping', request_id, session: OTHER_SESSION }, { request_id }));
  expect([...m.codes(), ...next.codes()]).toEqual(['ok', 'request_id_reused', 'request_id_reused', 'request_id_reused']);
  expect([...m.record, ...next.record].filter((line) => line === 'read config.yaml')).toHaveLength(1);
});

test('two frames of one request at once: one is acted on', async () => {
  const request_id = mustId('request', 'request_twice');
  const m = await awake();
  const frames = [1, 2].map(() => m.command({ command: 'agent_info', request_id }, { request_id }));
  await Promise.all(frames.map((frame) => m.hear(frame)));
  expect(m.codes().toSorted()).toEqual(['ok', 'request_id_reused']);
});

test('a request that was refused was not acted on, and may come again', async () => {
  const request_id = mustId('request', 'request_again');
  const m = await awake();
  await m.hear(m.command({ command: 'shell', request_id }, { request_id }));
  await m.hear(m.command({ request_id }, { request_id }));
  expect(m.codes()).toEqual(['command_not_allowlisted', 'ok']);
});

// ---- answers nobody may have heard

test('what was answered while the line was down is told on the next one, signed and without the result', async () => {
  const m = await awake();
  m.waits.files.shut();
  const frame = m.command({ command: 'agent_info' });
  void m.hear(frame);
  await settle();
  m.agent.disconnected();
  m.waits.files.open();
  await settle();
  expect(m.replies()).toEqual([]);
  m.forget();
  m.connect();
  const [word] = lates(m);
  expect(m.sentTypes().slice(0, 2)).toEqual(['manifest', 'heartbeat']);
  expect(word).toMatchObject({ request_id: frame.request_id, ok: true });
  expect(word && isSignedWord(word, frame.leaf)).toBe(true);
  expect(JSON.stringify(m.sent)).not.toContain('cdcdcd'); // of the result
  m.agent.heartbeat();
  expect(lates(m)).toHaveLength(1);
});

test('what the server heard is not told again: it echoed a challenge that came later', async () => {
  const m = await awake();
  await m.hear(m.command());
  await m.clock.advance(LEASE_MS);
  await m.hear(m.command());
  m.agent.disconnected();
  m.forget();
  m.connect();
  expect(lates(m)).toHaveLength(1); // the second: nothing came after it
});

// ---- the consent it was woken under

const scoped = (scope: object) => ({ args_commit: { minutes: 30, scope: JSON.stringify(scope) } });

test('a command outside the consent it was woken under is refused, and the next one inside it runs', async () => {
  const m = createMachine();
  await m.wake(scoped({ commands: ['ping'] }));
  await m.hear(m.command({ command: 'agent_info' }));
  await m.hear(m.command());
  expect(m.codes()).toEqual(['consent_scope_exceeded', 'ok']);
  expect(m.record).not.toContain('read config.yaml');
});

test('nothing that comes with a command, and no entry of one, widens it', async () => {
  const m = createMachine();
  await m.wake(scoped({ commands: ['ping'] }));
  const frame = m.command({ command: 'agent_info', args_commit: {} });
  await m.hear(JSON.stringify({ ...frame, scope: 'everything' }));
  expect(m.codes()).toEqual(['consent_scope_exceeded']);
});

test('outside the hours it does not wake, and its session ends with them, indicator and all', async () => {
  const until = (to: string) => scoped({ hours: { time_zone: 'UTC', windows: [{ days: ['sun'], from: '11:00', to }] } });
  const late = createMachine();
  late.connect();
  await late.hear(late.activation(until('12:00')));
  expect([late.codes(), late.isLit()]).toEqual([['tenant_consent_required'], false]);

  const m = createMachine();
  await m.wake(until('12:10'));
  m.answerChallenges();
  await m.tick(m.lastChallenge());
  expect(m.notices[0]?.until).toBe(m.clock.now() + 10 * 60_000);
  await m.clock.advance(10 * 60_000 - 1);
  expect(m.agent.session()).toBe(SESSION);
  await m.clock.advance(1);
  expect(m.agent.session()).toBeNull();
  expect(m.isLit()).toBe(false);
  expect(m.heartbeats().flatMap((f) => f.ended ?? [])).toMatchObject([{ how: 'expired' }]);
});

/** A patch on a live agent: its arguments in parts, its handler, and what ends it in the middle. */
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { settle } from '@argus/kit/clock.ts';
import { sha256, sha256Hex } from '@argus/keys/hash.ts';
import { signValue } from '@argus/keys/signature.ts';
import { commitArgs } from '@argus/protocol/args-commit.ts';
import { ARGS_BYTES_MAX } from '@argus/protocol/commands/index.ts';
import { applyPatch } from '@argus/protocol/commands/apply-patch.ts';
import { CHUNK_MAX, type ArgsFrame } from '@argus/protocol/frames.ts';
import { mustId, type RequestId } from '@argus/protocol/ids.ts';
import { patiently } from '@argus/testkit/patience.ts';
import { expect, test } from 'vitest';
import { createMachine } from '../testing/machine.ts';
import { AGENT, keyOf, OTHER_SESSION, SESSION, TRUST } from '../testing/signed-log.ts';
import { createIncomingArgs } from './incoming-args.ts';

const KEY = keyOf(42);
const trust = { ...TRUST, patch: { keys: [{ key_id: 'release', public_key: KEY.publicKeyText }], threshold: 1 } };
const salt = new Uint8Array(16).fill(4);
const REQUEST = mustId('request', 'request_patch');

function argsOf(text: string, { key = KEY, over = {} }: { key?: typeof KEY; over?: object } = {}) {
  const file = { path: 'config.yaml', sha256: sha256Hex(text), size: Buffer.byteLength(text), content_base64: Buffer.from(text).toString('base64') };
  const manifest = { v: 1, id: 'patch_0001', agent: AGENT, files: [file], not_before: '2026-03-01T00:00:00.000Z', not_after: '2026-03-02T00:00:00.000Z', note: '', ...over };
  return { patch: { manifest, signatures: [{ key_id: 'release', sig: signValue(key, 'patch', manifest) }] } };
}
async function awake() {
  const m = createMachine({ trust });
  await m.wake();
  m.answerChallenges();
  await m.tick(m.lastChallenge());
  m.forget();
  return m;
}
type Machine = Awaited<ReturnType<typeof awake>>;
const commandFor = (m: Machine, args: { readonly [name: string]: Json }, frame: object = {}) =>
  m.command({ command: 'apply_patch', request_id: REQUEST, args_commit: commitArgs(applyPatch.args, args, { salt, sha256 }) }, { request_id: REQUEST, args, salt: Buffer.from(salt).toString('base64'), ...frame });
const partsOf = (args: Json, request_id: RequestId = REQUEST, session = SESSION): ArgsFrame[] => {
  const text = canonicalJson(args);
  return Array.from({ length: Math.ceil(text.length / CHUNK_MAX) }, (_, part) => ({ type: 'args', session, request_id, part, chunk: text.slice(part * CHUNK_MAX, (part + 1) * CHUNK_MAX) }));
};
const content = (m: Machine) => Buffer.from(m.patches.contents.get('config.yaml') ?? []).toString();
const lates = (m: Machine) => m.heartbeats().flatMap((f) => f.late ?? []);

test('a signed patch is applied and told, and its id is not taken again', async () => {
  const m = await awake();
  await m.hear(commandFor(m, argsOf('streams: 6\n')));
  expect([m.codes(), content(m)]).toEqual([['ok'], 'streams: 6\n']);
  expect(JSON.parse(m.replies().map((f) => f.chunk).join(''))).toEqual({ applied: [{ path: 'config.yaml', before_sha256: null, after_sha256: sha256Hex('streams: 6\n') }] });
  expect(m.patches.isSeen(mustId('patch', 'patch_0001'))).toBe(true);
});

/** Guarantee: the owner can read which files of the machine are others than before, and no content of them is in the record. */
test('the record of the machine names the files of a patch that was applied, and its note made plain', async () => {
  const m = await awake();
  await m.hear(commandFor(m, argsOf('streams: 6\n', { over: { note: 'Six streams instead of four' } })));
  expect(m.activity.at(-1)).toMatchObject({ command: 'apply_patch', phase: 'outcome', outcome: 'ok', patch: { files: ['config.yaml'], note: 'Six streams instead of four' } });
  expect(JSON.stringify(m.activity)).not.toMatch(/streams: 6|c3RyZWFtczo/);
});

test('of a patch that nobody signed, the record of the machine repeats nothing', async () => {
  const m = await awake();
  await m.hear(commandFor(m, argsOf('x', { key: keyOf(43), over: { note: 'believe me' } })));
  expect(m.activity.at(-1)).toMatchObject({ command: 'apply_patch', phase: 'outcome', outcome: 'refused', code: 'patch_signature_invalid' });
  expect(JSON.stringify(m.activity)).not.toContain('believe me');
});

test.each<[string, ReturnType<typeof argsOf>]>([
  ['patch_signature_invalid', argsOf('x', { key: keyOf(43) })],
  ['patch_wrong_target', argsOf('x', { over: { agent: 'agent_other_01' } })],
  ['patch_expired', argsOf('x', { over: { not_after: '2026-03-01T11:00:00.000Z' } })],
  ['patch_not_yet_valid', argsOf('x', { over: { not_before: '2026-03-01T13:00:00.000Z' } })],
  ['patch_mode_forbidden', argsOf('#!/bin/sh\n')],
])('%s: nothing is touched', async (code, args) => {
  const m = await awake();
  await m.hear(commandFor(m, args));
  expect([m.codes(), m.record.includes('patch'), m.patches.contents.size]).toEqual([[code], false, 0]);
});

test('a machine that was enrolled without keys takes no patch', async () => {
  const m = createMachine();
  await m.wake();
  await m.hear(commandFor(m, argsOf('x')));
  expect(m.codes()).toEqual(['patch_signature_invalid']);
});

// ---- in parts

test('arguments that are too long for one frame come before it, and count as if they stood in it', async () => {
  const m = await awake();
  const args = argsOf('y'.repeat(200_000));
  const parts = partsOf(args);
  expect(parts.length).toBeGreaterThan(3);
  for (const part of parts) await m.hear(part);
  await m.hear(commandFor(m, args, { args: {}, args_parts: parts.length }));
  expect([m.codes(), content(m).length]).toEqual([['ok'], 200_000]);
});

/** Guarantee: only what the entry pins is ever acted on, however the parts come. */
test.each<[string, (parts: ArgsFrame[]) => ArgsFrame[], object]>([
  ['one is missing', (parts) => parts.slice(0, -1), {}],
  ['the first is missing', (parts) => parts.slice(1), {}],
  ['two are swapped', ([first, second, ...rest]) => [second, first, ...rest].filter((p) => p !== undefined), {}],
  ['one comes twice', ([first, ...rest]) => [first, first, ...rest].filter((p) => p !== undefined), { args_parts: 99 }],
  ['they are another request’s', (parts) => parts.map((p) => ({ ...p, request_id: mustId('request', 'request_other') })), {}],
  ['they are another session’s', (parts) => parts.map((p) => ({ ...p, session: OTHER_SESSION })), {}],
  ['one was changed', (parts) => parts.map((p, n) => (n === 2 ? { ...p, chunk: p.chunk.replace('e', 'f') } : p)), {}],
  ['another one’s begin in between', (parts) => [...parts, { ...(parts[0] as ArgsFrame), request_id: mustId('request', 'request_other') }], {}],
  ['the frame says there are more', (parts) => parts, { args_parts: 1_000 }],
])('arguments in parts are none when %s', async (_name, change, frame) => {
  const m = await awake();
  const args = argsOf('y'.repeat(200_000));
  const parts = partsOf(args);
  for (const part of change(parts)) await m.hear(part);
  await m.hear(commandFor(m, args, { args: {}, args_parts: parts.length, ...frame }));
  expect([m.codes()[0] === 'bad_args' || m.codes()[0] === 'not_in_log', m.patches.contents.size]).toEqual([true, 0]);
});

/** Guarantee: the limit of the heap is not a way to end the process from outside. */
test('of many patches at once two are held, the others are refused unread, and there is room again afterwards', async () => {
  const m = await awake();
  m.waits.store.shut();
  const send = async (n: number) => {
    const request_id = mustId('request', `request_long_${n}`);
    const args = argsOf('y'.repeat(100_000), { over: { id: `patch_000${n}` } });
    const parts = partsOf(args, request_id);
    for (const part of parts) await m.hear(part);
    void m.hear(m.command({ command: 'apply_patch', request_id, args_commit: commitArgs(applyPatch.args, args, { salt, sha256 }) }, { request_id, args: {}, args_parts: parts.length, salt: Buffer.from(salt).toString('base64') }));
    await settle();
  };
  for (let n = 0; n < 5; n++) await send(n);
  expect(m.codes()).toEqual(['rate_limited', 'rate_limited', 'rate_limited']);
  m.waits.store.open();
  await settle(50);
  expect(m.codes().slice(3)).toEqual(['ok', 'ok']);
  await send(7);
  await settle(50);
  expect(m.codes().slice(5)).toEqual(['ok']);
});

test('parts that come to a sleeping agent are counted and not kept', async () => {
  const m = createMachine({ trust });
  m.connect();
  for (const part of partsOf(argsOf('y'.repeat(200_000)))) await m.hear(part);
  expect(m.agent.counters().dropped).toBeGreaterThan(3);
});

/** Guarantee: a server that sends parts for ever takes no more memory than the longest command. */
test('parts are kept for one request, up to the longest arguments there are, and not after the session', () => {
  const incoming = createIncomingArgs();
  const chunk = 'x'.repeat(CHUNK_MAX);
  let most = 0;
  for (let part = 0; part < 1_000; part++) {
    incoming.take({ type: 'args', session: SESSION, request_id: REQUEST, part, chunk });
    most = Math.max(most, incoming.characters());
  }
  expect(most).toBeLessThanOrEqual(ARGS_BYTES_MAX);
  expect(incoming.characters()).toBe(0);
  incoming.take({ type: 'args', session: SESSION, request_id: REQUEST, part: 0, chunk });
  incoming.take({ type: 'args', session: SESSION, request_id: mustId('request', 'request_other'), part: 0, chunk: '{}' });
  expect(incoming.characters()).toBe(2);
  incoming.forget();
  expect(incoming.characters()).toBe(0);
});

/**
 * Guarantee (I8): an operator cannot hold up the owner's switch with a patch that takes long to read. 5 MiB of empty lists took
 * ten seconds of an agent that runs as its service starts it, in which it heard nothing else.
 */
test('arguments of more values than any patch has are not read', async () => {
  const m = await awake();
  const args = { patch: { manifest: Array.from({ length: 500_000 }, () => []), signatures: [] } };
  const parts = partsOf(args);
  for (const part of parts) await m.hear(part);
  const frame = commandFor(m, args, { args: {}, args_parts: parts.length });
  const from = performance.now();
  await m.hear(frame);
  expect(m.codes()).toEqual(['bad_args']);
  expect(performance.now() - from).toBeLessThan(patiently(250));
});

// ---- ended in the middle

/** Guarantee (I3): a session that ends beats a patch in flight, up to the moment it is decided. */
test('a session that ends while a patch is prepared abandons it: nothing changes, and its id stays free', async () => {
  const m = await awake();
  m.waits.patches.shut();
  void m.hear(commandFor(m, argsOf('new')));
  await settle();
  await m.hear({ type: 'deactivate', session: SESSION, why: 'deactivate' });
  m.waits.patches.open();
  await settle();
  expect([m.codes(), m.patches.contents.size, m.patches.isSeen(mustId('patch', 'patch_0001')), lates(m)]).toEqual([['session_expired'], 0, false, []]);
});

test('a patch that nobody waits for any more is abandoned', async () => {
  const m = await awake();
  m.waits.patches.shut();
  void m.hear(commandFor(m, argsOf('new')));
  await m.clock.advance(applyPatch.timeoutMs);
  expect(m.codes()).toEqual(['command_timed_out']);
  m.waits.patches.open();
  await settle();
  expect([m.patches.contents.size, lates(m)]).toMatchObject([0, [{ code: 'session_expired' }]]);
});

/** Guarantee: the record says what became of the machine, also when nobody is told. */
test('a session that ends right after a patch was decided lets it complete, and the log hears that it did', async () => {
  const m = createMachine({ trust });
  await m.wake();
  const real = m.deps.patches.apply;
  Object.assign(m.deps.patches, {
    apply: async (...asked: Parameters<typeof real>) => {
      const applied = await real(...asked);
      await m.hear({ type: 'deactivate', session: SESSION, why: 'deactivate' });
      return applied;
    },
  });
  await m.hear(commandFor(m, argsOf('new')));
  expect([m.codes(), content(m)]).toEqual([['command_timed_out'], 'new']);
  expect(lates(m)).toMatchObject([{ request_id: REQUEST, ok: true, result_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  expect(m.replies().map((f) => f.chunk).join('')).toBe('');
  expect(m.activity.at(-1)).toMatchObject({ phase: 'outcome', command: 'apply_patch', outcome: 'ok', patch: { files: ['config.yaml'] } });
});

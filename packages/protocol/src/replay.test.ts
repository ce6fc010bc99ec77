import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Leaf, leafText } from './leaf.ts';
import { replay, ReplayStep } from './replay.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const hashOf = (text: string) => createHash('sha256').update('\0').update(text).digest('hex');
const SIGNATURE = `${'A'.repeat(86)}==`;

const entry = (seq: number, over: Partial<Record<keyof Leaf, unknown>> = {}) => ({
  index: seq,
  leaf: leafText(Leaf.parse({
    v: 1, instance: 'ins_aaaaaaaaaaaaaaaaaaaa', tenant: 'UTD_7ELEVEN_001', seq, at: `2026-03-01T12:00:0${seq % 10}.000Z`, type: 'remote_support_command', phase: 'intent',
    agent: 'agent_macpro_lobby_01', session: 'rss_aaaaaaaaaaaaaaaaaaaa', operator: 'ana@argus.example', request_id: 'req_00000001', command: 'tail_log', args_commit: { lines: 200 }, reason: 'alert', by: 'operator', ...over,
  })),
});
const intent = entry(3);
const answering = (seq: number, over: Partial<Record<keyof Leaf, unknown>> = {}) =>
  entry(seq, { phase: 'outcome', outcome: 'ok', by: 'agent', intent_sha256: hashOf(intent.leaf), result_sha256: 'ab'.repeat(32), agent_at: '2026-03-01T12:00:05.000Z', agent_signature: SIGNATURE, ...over });
const stepsOf = (...entries: ReturnType<typeof entry>[]) => {
  const steps = replay(entries, sha256);
  if (!steps.ok) throw new Error(steps.error);
  return steps.value;
};

test('a command and its answer are one step: what was asked, what came of it, and the digest of what was answered', () => {
  expect(stepsOf(intent, answering(5))).toEqual([
    {
      index: 3, at: '2026-03-01T12:00:03.000Z', type: 'remote_support_command', is: 'asked', operator: 'ana@argus.example', by: 'operator', reason: 'alert', request_id: 'req_00000001',
      command: 'tail_log', args: { lines: 200 }, late: null,
      answer: { index: 5, at: '2026-03-01T12:00:05.000Z', by: 'agent', outcome: 'ok', result_sha256: 'ab'.repeat(32), agent_at: '2026-03-01T12:00:05.000Z', agent_signature: SIGNATURE, result: 'digest_only' },
    },
  ]);
});

test('of each answer with a result it says whether the log has its digest only, or it is kept, sealed', () => {
  const resultOf = (over: Parameters<typeof answering>[1]) => stepsOf(intent, answering(5, over))[0]?.answer?.result;
  expect([resultOf({}), resultOf({ kept_sha256: 'cd'.repeat(32) }), resultOf({ outcome: 'refused', code: 'bad_args' }), resultOf({ result_sha256: undefined })]).toEqual(['digest_only', 'kept_sealed', undefined, undefined]);
});

test('one without an answer is open, and one that came late stands beside what was recorded', () => {
  expect(stepsOf(intent)).toMatchObject([{ index: 3, answer: null, late: null }]);
  const unknown = answering(5, { outcome: 'unknown', code: 'command_timed_out', by: 'server', result_sha256: undefined, agent_at: undefined, agent_signature: undefined });
  expect(stepsOf(intent, unknown, answering(9, { type: 'remote_support_late_outcome', phase: 'fact' }))).toMatchObject([
    { index: 3, answer: { index: 5, outcome: 'unknown', code: 'command_timed_out' }, late: { index: 9, outcome: 'ok' } },
  ]);
});

test('a fact is a step of its own, and how it went is its answer', () => {
  expect(stepsOf(entry(8, { type: 'remote_support_session_ended', phase: 'fact', outcome: 'ok', code: 'deactivate', command: undefined }))).toMatchObject([
    { index: 8, is: 'happened', type: 'remote_support_session_ended', answer: { index: 8, outcome: 'ok', code: 'deactivate' } },
  ]);
});

/** Guarantee: an answer counts for the very entry it names, so nobody can hang it on another one of the same id. */
test('an answer that names another intent answers none, also under the same request id', () => {
  expect(stepsOf(intent, answering(5, { intent_sha256: hashOf('another') }))).toMatchObject([{ index: 3, answer: null }]);
  expect(stepsOf(intent, answering(5, { intent_sha256: undefined }))).toMatchObject([{ index: 3, answer: null }]);
});

test('the first answer counts, and a second one changes nothing', () => {
  expect(stepsOf(intent, answering(5), answering(6, { outcome: 'refused' }))).toMatchObject([{ answer: { index: 5, outcome: 'ok' } }]);
});

test('what is no entry, or says that it stands elsewhere, is said and not skipped', () => {
  expect(replay([{ index: 3, leaf: '{}' }], sha256)).toMatchObject({ ok: false });
  expect(replay([{ ...intent, index: 4 }], sha256)).toEqual({ ok: false, error: 'entry 4 says it is entry 3' });
});

test('a step fits its shape for the wire', () => {
  for (const step of stepsOf(intent, answering(5), entry(8, { phase: 'fact', outcome: 'ok', command: undefined }))) expect(ReplayStep.strict().parse(step)).toEqual(step);
});

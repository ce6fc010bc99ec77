import { expect, test } from 'vitest';
import type { ReplyFrame } from '@argus/protocol/frames.ts';
import { newRequestId } from '@argus/protocol/ids.ts';
import { seededRandom } from '../../test/sample.ts';
import { collectReply, type ReplyInParts } from './reply.ts';

const request_id = newRequestId(seededRandom('reply'));
const end = { ok: true as const, result_sha256: 'ab'.repeat(32), at: '2026-03-01T12:00:00.000Z', signature: `${'A'.repeat(86)}==` };
const part = (n: number, chunk: string, over: Partial<ReplyFrame> = {}): ReplyFrame => ({ type: 'reply', request_id, part: n, chunk, ...over });
const parts = (max = 10): ReplyInParts => ({ text: [], length: 0, max });

test('parts in order make the text; null until the last', () => {
  const into = parts();
  expect(collectReply(into, part(0, 'abc'))).toEqual({ ok: true, value: null });
  expect(collectReply(into, part(1, ''))).toEqual({ ok: true, value: null });
  expect(collectReply(into, part(2, 'def', { end }))).toEqual({ ok: true, value: { text: 'abcdef', end } });
});

test.each([[1], [0, 0], [0, 2]])('parts that come as %s, %s are refused: none is missing, none twice', (...order) => {
  const into = parts();
  const answers = order.map((n) => collectReply(into, part(n, 'a')));
  expect(answers.at(-1)).toMatchObject({ ok: false, error: { code: 'bad_frame' } });
});

/** Guarantee: an agent never makes us keep more than the command may send, in however many parts. */
test('more than the command may send is refused as soon as it is more', () => {
  const into = parts(10);
  expect(collectReply(into, part(0, 'a'.repeat(10)))).toMatchObject({ ok: true });
  expect(collectReply(into, part(1, 'b'))).toMatchObject({ ok: false, error: { code: 'result_too_large' } });
  expect(into.text.join('')).toHaveLength(10);
  expect(collectReply(parts(0), part(0, 'a', { end }))).toMatchObject({ ok: false, error: { code: 'result_too_large' } });
});

const ends: readonly (readonly [string, Record<string, unknown>])[] = [['both', { ...end, code: 'agent_refused' }], ['neither', { ...end, ok: undefined }]];
test.each(ends)('an end that is %s success and refusal is refused', (_what, both) => {
  expect(collectReply(parts(), part(0, '', { end: both as typeof end }))).toMatchObject({ ok: false, error: { code: 'bad_frame' } });
});

test('a refusal is an end like any other', () => {
  const { ok: _ok, ...rest } = end;
  expect(collectReply(parts(), part(0, '', { end: { ...rest, code: 'agent_refused' } }))).toMatchObject({ ok: true, value: { text: '', end: { code: 'agent_refused' } } });
});

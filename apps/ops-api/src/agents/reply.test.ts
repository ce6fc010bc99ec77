import { expect, test } from 'vitest';
import type { ReplyFrame } from '@argus/protocol/frames.ts';
import { newRequestId } from '@argus/protocol/ids.ts';
import { seededRandom } from '../../test/sample.ts';
import { createReplyRoom } from './reply-room.ts';
import { collectReply, letGo, type ReplyInParts } from './reply.ts';

const request_id = newRequestId(seededRandom('reply'));
const end = { ok: true as const, result_sha256: 'ab'.repeat(32), at: '2026-03-01T12:00:00.000Z', signature: `${'A'.repeat(86)}==` };
const part = (n: number, chunk: string, over: Partial<ReplyFrame> = {}): ReplyFrame => ({ type: 'reply', request_id, part: n, chunk, ...over });
const parts = (max = 10, room = createReplyRoom()): ReplyInParts => ({ text: [], length: 0, max, room });

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

/** Guarantee: results count in bytes, as their contract says, however few letters they have. */
test('a result of more bytes than letters is measured in bytes', () => {
  expect(collectReply(parts(10), part(0, 'ä'.repeat(5), { end }))).toMatchObject({ ok: true });
  expect(collectReply(parts(10), part(0, 'ä'.repeat(6), { end }))).toMatchObject({ ok: false, error: { code: 'result_too_large' } });
  const halved = parts(4);
  collectReply(halved, part(0, '💡'.slice(0, 1)));
  expect(collectReply(halved, part(1, '💡'.slice(1), { end }))).toMatchObject({ ok: true, value: { text: '💡' } });
});

/** Guarantee: many large results at once are bounded for all agents together, and what is done with makes room again. */
test('what does not fit in the room of all is refused, takes nothing, and fits when another is done', () => {
  const room = createReplyRoom(10);
  const [one, other] = [parts(100, room), parts(100, room)];
  expect(collectReply(one, part(0, 'a'.repeat(7)))).toMatchObject({ ok: true });
  expect(collectReply(other, part(0, 'b'.repeat(4)))).toMatchObject({ ok: false, error: { code: 'too_many_results' } });
  expect([room.taken(), other.text]).toEqual([7, []]);
  letGo(one);
  expect([room.taken(), one.text]).toEqual([0, []]);
  expect(collectReply(other, part(0, 'b'.repeat(10)))).toMatchObject({ ok: true });
});

import { deny, denyWith, ERRORS, toProblem, type ErrorCode } from '@argus/protocol/errors.ts';
import { expect, test } from 'vitest';
import { fakeFetch } from '../test/fake-fetch.ts';
import { createClient, type Fetch } from './client.ts';
import { knownCode, readRefused } from './problem.ts';

const ask = (fetch: Fetch) => createClient({ baseUrl: 'https://ops.example', fetch, userAgent: 'test/1' }).me();
const failing = (thrown: unknown): Fetch => async () => {
  throw thrown;
};

test.each(Object.keys(ERRORS) as ErrorCode[])('%s arrives with everything the server said', async (code) => {
  const { type: _, ...said } = toProblem(deny(code), 'req_1');
  expect(await ask(fakeFetch(said.status, toProblem(deny(code), 'req_1')).fetch)).toEqual({ ok: false, error: { kind: 'refused', ...said } });
});

test('facts arrive', () => {
  const facts = { server_time: '2026-03-01T12:00:00.000Z', retry_after_s: 7, problems: ['reason: too short'], refused_by: 'machine' } as const;
  expect(readRefused(toProblem(denyWith('stale_request', facts), 'req_1'))).toMatchObject(facts);
});

test('the receipt of a result that is gone arrives whole, or not at all', () => {
  const receipt = { leaf_index: 41, outcome_index: 43, checkpoint: 'note', agent_signature: 'sig', result_sha256: 'ab'.repeat(32) };
  const gone = (facts: object) => readRefused({ ...toProblem(deny('result_gone'), 'req_1'), ...facts });
  expect(gone({ receipt })).toMatchObject({ receipt });
  for (const broken of [null, 'note', {}, { ...receipt, leaf_index: '41' }, { ...receipt, agent_signature: undefined }]) expect(gone({ receipt: broken })).not.toHaveProperty('receipt');
});

test('a code of a newer server is kept, and known to be unknown', () => {
  const refused = readRefused({ ...toProblem(deny('internal'), 'req_1'), code: 'moon_phase' });
  expect(refused).toMatchObject({ code: 'moon_phase' });
  expect(refused && knownCode(refused)).toBeNull();
});

test.each([[502, '<html>Bad gateway</html>'], [404, '{"error":"no"}'], [500, ''], [401, 'null'], [403, '[]']])(
  'status %i with %j is no answer of ours',
  async (status, body) => expect(await ask(fakeFetch(status, body).fetch)).toEqual({ ok: false, error: { kind: 'unreadable', status } }),
);

const coded = (code: string) => Object.assign(new Error('no'), { code });
test.each([
  ['no_route', new TypeError('fetch failed', { cause: coded('ECONNREFUSED') })],
  ['no_route', new TypeError('fetch failed', { cause: coded('ENOTFOUND') })],
  ['no_route', new TypeError('fetch failed', { cause: new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')], '') })],
  ['untrusted_certificate', new TypeError('fetch failed', { cause: coded('DEPTH_ZERO_SELF_SIGNED_CERT') })],
  ['untrusted_certificate', new TypeError('fetch failed', { cause: coded('ERR_TLS_CERT_ALTNAME_INVALID') })],
  ['timed_out', new DOMException('The operation was aborted due to timeout', 'TimeoutError')],
  ['broken_off', new TypeError('fetch failed', { cause: coded('ECONNRESET') })],
  ['broken_off', new TypeError('Failed to fetch')],
  ['broken_off', 'a text'],
])('%s: %s', async (why, thrown) => {
  expect(await ask(failing(thrown))).toMatchObject({ ok: false, error: { kind: 'unreachable', why } });
});

test('an answer that breaks off in the middle is a failure like any other', async () => {
  const body = new ReadableStream({ start: (controller) => controller.error(new TypeError('terminated', { cause: coded('UND_ERR_SOCKET') })) });
  expect(await ask(async () => new Response(body))).toEqual({
    ok: false,
    error: { kind: 'unreachable', why: 'broken_off', detail: 'UND_ERR_SOCKET' },
  });
});

import { err, ok } from '@argus/kit/result.ts';
import { manualClock, settle } from '@argus/kit/clock.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { commitArgs } from '@argus/protocol/args-commit.ts';
import { contractFor } from '@argus/protocol/commands/index.ts';
import { deny, type ErrorCode } from '@argus/protocol/errors.ts';
import type { CommandRan } from '@argus/protocol/http/shapes.ts';
import { newRequestId } from '@argus/protocol/ids.ts';
import { leafText } from '@argus/protocol/leaf.ts';
import { describe, expect, test } from 'vitest';
import { AGENT, agentNamed, factOf, INSTANCE, newSessionId, seededRandom, START } from '../../test/sample.ts';
import { leafOf, type Attempt } from '../audit/attempt.ts';
import type { RecordedRequest } from '../ports.ts';
import { ANSWERS_KEPT_CHARACTERS, ANSWERS_KEPT_MS, createRepeats, isSame, whatTheLogSays, type Answer } from './repeat.ts';

const random = seededRandom('repeat');
const session = newSessionId();
const salt = random(16);
const pingArgs = contractFor('ping')?.args ?? expect.fail('there is no ping');
const earlier = { session, command: 'ping', args: {}, salt };
const ran = (request = newRequestId(random)): CommandRan => ({ request_id: request, result: { uptime_s: 1 }, receipt: { leaf_index: 1, outcome_index: 2, checkpoint: 'note', agent_signature: 'sig' } });
const nobody = { recorded: async () => [] };

describe('the same request', () => {
  const call = { name: 'ping', args: {} } as const;
  /** No command of today takes arguments; this has to hold for those of tomorrow. */
  const withArgs = (args: Record<string, unknown>) => ({ name: 'ping', args }) as unknown as typeof call;
  test('is one of the same session, command and arguments', () => {
    expect(isSame(earlier, { session, call })).toBe(true);
    const lines = { ...earlier, args: commitArgs(pingArgs, { lines: 20 }, { salt, sha256 }) };
    expect(isSame(lines, { session, call: withArgs({ lines: 20 }) })).toBe(true);
  });

  const others: readonly (readonly [string, Parameters<typeof isSame>[0], Parameters<typeof isSame>[1]])[] = [
    ['of another session', earlier, { session: newSessionId(), call }],
    ['of no session', { ...earlier, session: undefined }, { session, call }],
    ['of another command', earlier, { session, call: { name: 'agent_info', args: {} } }],
    ['of no command', { ...earlier, command: undefined }, { session, call }],
    ['with another argument', { ...earlier, args: commitArgs(pingArgs, { lines: 20 }, { salt, sha256 }) }, { session, call: withArgs({ lines: 21 }) }],
    ['with an argument less', { ...earlier, args: commitArgs(pingArgs, { lines: 20 }, { salt, sha256 }) }, { session, call }],
    ['with an argument more', earlier, { session, call: withArgs({ lines: 20 }) }],
    ['whose salt was lost', { ...earlier, args: commitArgs(pingArgs, { lines: 20 }, { salt, sha256 }), salt: new Uint8Array() }, { session, call: withArgs({ lines: 20 }) }],
  ];
  test.each(others)('is not one %s', (_what, before, asked) => expect(isSame(before, asked)).toBe(false));
});

function desk() {
  const clock = manualClock(START);
  const repeats = createRepeats({ clock, requests: nobody });
  const run = async (characters: number, { isNamed = true, agent = AGENT, answer = ok(ran()) as Answer } = {}) => {
    const request = newRequestId(random);
    await repeats.carry({ ...earlier, agent, request, isNamed }, async (weigh) => { weigh(characters); return answer; });
    await settle();
    return request;
  };
  return { clock, repeats, run };
}

describe('an answer', () => {
  test('is kept for a minute, to the millisecond, for its agent only', async () => {
    const { clock, repeats, run } = desk();
    const answer = ok(ran());
    const request = await run(10, { answer });
    expect(await repeats.here(AGENT, request)?.answer()).toBe(answer);
    expect(repeats.here(agentNamed('other'), request)).toBeNull();
    await clock.advance(ANSWERS_KEPT_MS - 1);
    expect(repeats.here(AGENT, request)).not.toBeNull();
    await clock.advance(1);
    expect(repeats.here(AGENT, request)).toBeNull();
    repeats.sweep();
    expect(repeats.characters()).toBe(0);
  });

  test('under an id we made ourselves is not kept: nobody could ask for it again', async () => {
    const { repeats, run } = desk();
    expect(repeats.here(AGENT, await run(10, { isNamed: false }))).toBeNull();
    expect(repeats.characters()).toBe(0);
  });

  test('that is a refusal is kept as well', async () => {
    const { repeats, run } = desk();
    const answer = err(deny('command_timed_out'));
    expect(await repeats.here(AGENT, await run(0, { answer }))?.answer()).toBe(answer);
  });

  /** Guarantee: memory is bounded, whatever is asked; the oldest go first. */
  test('of which there is too much is dropped, the oldest first', async () => {
    const { repeats, run } = desk();
    const third = ANSWERS_KEPT_CHARACTERS / 3;
    const requests = [await run(third), await run(third), await run(third), await run(third)];
    expect(repeats.characters()).toBeLessThanOrEqual(ANSWERS_KEPT_CHARACTERS);
    expect(requests.map((request) => repeats.here(AGENT, request) !== null)).toEqual([false, false, true, true]);
    expect(repeats.here(AGENT, await run(ANSWERS_KEPT_CHARACTERS + 1))).toBeNull();
    expect(repeats.characters()).toBeLessThanOrEqual(ANSWERS_KEPT_CHARACTERS);
  });

  test('even of nothing counts: many small ones are bounded too', async () => {
    const { repeats, run } = desk();
    await run(0);
    expect(repeats.characters()).toBeGreaterThan(500);
  });
});

test('what runs is waited for, is never dropped, and runs no more when its answer is there', async () => {
  const { clock, repeats, run } = desk();
  const request = newRequestId(random);
  let finish: (answer: Answer) => void = () => undefined;
  const first = repeats.carry({ ...earlier, agent: AGENT, request, isNamed: true }, () => new Promise<Answer>((resolve) => (finish = resolve)));
  await clock.advance(10 * ANSWERS_KEPT_MS);
  await run(ANSWERS_KEPT_CHARACTERS + 1);
  const second = repeats.here(AGENT, request)?.answer();
  expect(repeats.running(AGENT, request)).not.toBeNull();
  const answer = ok(ran());
  finish(answer);
  expect([await first, await second]).toEqual([answer, answer]);
  await settle();
  expect(repeats.running(AGENT, request)).toBeNull();
});

test('what fails with a bug is not kept', async () => {
  const { repeats } = desk();
  const request = newRequestId(random);
  await expect(repeats.carry({ ...earlier, agent: AGENT, request, isNamed: true }, async () => { throw new Error('bug'); })).rejects.toThrow('bug');
  await settle();
  expect(repeats.here(AGENT, request)).toBeNull();
});

// ---- from the log

const request = newRequestId(random);
const signed = { intentSha256: 'ab'.repeat(32), resultSha256: 'cd'.repeat(32), agentAt: '2026-03-01T12:00:00.000Z', agentSignature: `${'A'.repeat(86)}==` };
const intentAttempt: Attempt = { ...factOf({ type: 'remote_support_command', agent: AGENT, session, requestId: request, command: 'ping', args: {} }), phase: 'intent' };
const bytesOf = (attempt: Attempt, seq: number) => leafText(leafOf(attempt, { instance: INSTANCE, seq }));
const recordedWith = (outcome: Partial<Attempt> | null): RecordedRequest => ({
  requestId: request,
  intent: { seq: 7, bytes: bytesOf(intentAttempt, 7), salt },
  outcome: outcome && { seq: 9, bytes: bytesOf({ ...intentAttempt, phase: 'outcome', ...outcome }, 9), checkpoint: 'the note' },
  isLateKnown: false,
});

test('a result that is gone leaves its receipt: both places, the checkpoint and the machine\'s word', () => {
  expect(whatTheLogSays(recordedWith({ outcome: 'ok', code: undefined as never, answer: signed }))).toEqual({
    code: 'result_gone',
    facts: { receipt: { leaf_index: 7, outcome_index: 9, checkpoint: 'the note', agent_signature: signed.agentSignature, result_sha256: signed.resultSha256 } },
  });
});

test.each<[string, Partial<Attempt> | null, ErrorCode]>([
  ['refused by the machine', { outcome: 'refused', code: 'bad_args', answer: signed }, 'bad_args'],
  ['unknown', { outcome: 'unknown', code: 'command_timed_out' }, 'command_timed_out'],
  ['unknown since the server died', { outcome: 'unknown', code: 'server_shutdown' }, 'agent_lost'],
  ['ok, and signed by nobody', { outcome: 'ok', code: undefined as never }, 'agent_lost'],
  ['not there', null, 'outcome_unrecorded'],
])('an outcome that is %s is told as that', (_what, outcome, code) => expect(whatTheLogSays(recordedWith(outcome)).code).toBe(code));

test('what the log has under the id of something else is no earlier request', async () => {
  const activation = { ...recordedWith(null), intent: { seq: 7, bytes: bytesOf({ ...intentAttempt, type: 'remote_support_activation' }, 7), salt } };
  const looking = (requests: Parameters<typeof createRepeats>[0]['requests']) => createRepeats({ clock: manualClock(START), requests }).recorded(AGENT, request);
  expect(await looking({ recorded: async () => [activation] })).toEqual(ok(null));
  expect(await looking(nobody)).toEqual(ok(null));
  expect(await looking({ recorded: async () => { throw new Error('the database is gone'); } })).toMatchObject({ ok: false, error: { code: 'audit_unavailable' } });
});

import { toHex, utf8 } from '@argus/kit/bytes.ts';
import { manualClock, settle } from '@argus/kit/clock.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { signValue } from '@argus/keys/signature.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { LATE_MAX, type LateWord } from '@argus/protocol/frames.ts';
import { newHandle, newRequestId, type RequestId } from '@argus/protocol/ids.ts';
import { leafText } from '@argus/protocol/leaf.ts';
import { NO_LEAF, type SignedReply } from '@argus/protocol/signed.ts';
import { expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { AGENT, agentNamed, factOf, INSTANCE, LOG_KEY, newSessionId, OTHER_TENANT, seededRandom, START, TENANT } from '../../test/sample.ts';
import { IDENTITY } from '../../test/tenants.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import type { LinkIdentity } from '../agents/link.ts';
import { leafOf, type Attempt } from '../audit/attempt.ts';
import type { LogStore, RecordedRequest, RequestStore } from '../ports.ts';
import { createLateOutcomes, lateOutcome } from './late.ts';

const random = seededRandom('late');
const session = newSessionId();
const who: LinkIdentity = { agent: AGENT, tenant: TENANT, publicKey: IDENTITY.publicKeyText, connection: newHandle('connection', random) };
const AT = '2026-03-01T12:00:07.000Z';

const intentOf = (requestId: RequestId): Attempt => {
  const { outcome: _outcome, code: _code, ...rest } = factOf({ type: 'remote_support_command', agent: AGENT, session, requestId, command: 'ping', args: {} });
  return { ...rest, phase: 'intent' };
};
const hashOf = (bytes: string) => toHex(leafHash(sha256, utf8(bytes)));

type Said = { readonly code?: string; readonly leaf_hash?: string; readonly over?: Partial<SignedReply> };
function wordOn(requestId: RequestId, intentBytes: string, { code, leaf_hash = hashOf(intentBytes), over = {} }: Said = {}): LateWord {
  const verdict = code === undefined ? ({ ok: true } as const) : { code };
  const said = { result_sha256: 'cd'.repeat(32), at: AT, ...verdict };
  const signed = { instance: INSTANCE, tenant: TENANT, agent: AGENT, session, request_id: requestId, leaf_hash, ...said, ...over };
  return { request_id: requestId, ...said, signature: signValue(IDENTITY, 'reply', signed) };
}

// ---- what is recorded, and what is not

const requestId = newRequestId(random);
const bytes = (attempt: Attempt, seq = 3) => leafText(leafOf(attempt, { instance: INSTANCE, seq }));
const intent = intentOf(requestId);
const recorded = (over: Partial<RecordedRequest> = {}, outcome: Partial<Attempt> = {}): RecordedRequest => ({
  requestId,
  intent: { seq: 3, bytes: bytes(intent), salt: null },
  outcome: { seq: 4, bytes: bytes({ ...intent, phase: 'outcome', outcome: 'unknown', code: 'command_timed_out', ...outcome }, 4), checkpoint: 'note' },
  isLateKnown: false,
  ...over,
});
const read = (one: RecordedRequest, word: LateWord, by = who) => lateOutcome(by, one, { word, instance: INSTANCE, at: START });

test('an answer after an unknown outcome is a fact of its own, bound to the intent and signed by the machine', () => {
  const word = wordOn(requestId, bytes(intent));
  expect(read(recorded(), word)).toMatchObject({
    type: 'remote_support_late_outcome', phase: 'fact', outcome: 'ok', by: 'agent', tenant: TENANT, agent: AGENT, session, requestId, command: 'ping',
    operator: intent.operator, reason: intent.reason,
    answer: { intentSha256: hashOf(bytes(intent)), resultSha256: word.result_sha256, agentAt: AT, agentSignature: word.signature },
  });
});

test.each([['session_expired', 'session_expired'], ['out_of_paper', 'agent_refused']])('a late refusal with the code %s is recorded as %s', (said, code) => {
  expect(read(recorded(), wordOn(requestId, bytes(intent), { code: said }))).toMatchObject({ outcome: 'refused', code });
});

test('a machine that did not find it in the log may say so late, over no entry; it cannot have acted on none', () => {
  expect(read(recorded(), wordOn(requestId, bytes(intent), { code: 'not_in_log', leaf_hash: NO_LEAF }))).toMatchObject({ outcome: 'refused', code: 'not_in_log' });
  expect(read(recorded(), wordOn(requestId, bytes(intent), { leaf_hash: NO_LEAF }))).toBe('not_signed');
});

const good = wordOn(requestId, bytes(intent));
const nothingNew: readonly (readonly [string, RecordedRequest, LateWord])[] = [
  ['whose outcome is known', recorded({}, { outcome: 'ok' }), good],
  ['that was refused', recorded({}, { outcome: 'refused', code: 'result_too_large' }), good],
  ['that has no outcome yet', recorded({ outcome: null }), good],
  ['that has a late outcome', recorded({ isLateKnown: true }), good],
  ['of an activation', recorded({ intent: { seq: 3, bytes: bytes({ ...intent, type: 'remote_support_activation' }), salt: null } }), good],
  ['that the machine does not know of either', recorded(), wordOn(requestId, bytes(intent), { code: 'command_timed_out' })],
  ['that is neither ok nor refused', recorded(), { ...good, ok: undefined }],
  ['that is both', recorded(), { ...good, code: 'bad_args' }],
];
test.each(nothingNew)('a word on a request %s is not recorded', (_what, one, word) => expect(read(one, word)).toBeNull());

/** Guarantee: only what the machine itself signed, about this very request, gets into the record. */
const forged: readonly (readonly [string, LateWord])[] = [
  ['of another result', { ...good, result_sha256: 'ef'.repeat(32) }],
  ['at another time', { ...good, at: '2026-03-01T12:00:08.000Z' }],
  ['with the verdict turned round', { ...wordOn(requestId, bytes(intent), { code: 'bad_args' }), code: undefined, ok: true }],
  ['over another entry', wordOn(requestId, bytes(intent), { leaf_hash: 'ab'.repeat(32) })],
  ['of another session', wordOn(requestId, bytes(intent), { over: { session: newSessionId() } })],
  ['of another request', wordOn(requestId, bytes(intent), { over: { request_id: newRequestId(random) } })],
  ['of another tenant', wordOn(requestId, bytes(intent), { over: { tenant: OTHER_TENANT } })],
  ['without a signature', { ...good, signature: `${'A'.repeat(86)}==` }],
];
test.each(forged)('a word %s is not signed', (_what, word) => expect(read(recorded(), word)).toBe('not_signed'));

test('a word from another machine, another tenant or another key counts for nothing', () => {
  expect(read(recorded(), good, { ...who, agent: agentNamed('other') })).toBeNull();
  expect(read(recorded(), good, { ...who, tenant: OTHER_TENANT })).toBeNull();
  expect(read(recorded(), good, { ...who, publicKey: LOG_KEY.publicKeyText })).toBe('not_signed');
});

// ---- hearing

async function desk({ log = (real: LogStore) => real, running = async (): Promise<unknown> => null }: { log?: (real: LogStore) => LogStore; running?: () => Promise<unknown> } = {}) {
  const stores = memoryStores();
  const clock = manualClock(START);
  const ledger = ledgerOver(log(stores.leaves), clock);
  const lookedUp: number[] = [];
  const requests: RequestStore = { recorded: (agent, ids) => { lookedUp.push(ids.length); return stores.requests.recorded(agent, ids); } };
  const said: string[] = [];
  const late = createLateOutcomes({ clock, instance: INSTANCE, ledger, requests, repeats: { running }, log: (_level, what) => void said.push(what) });
  /** A command that was asked, and whose outcome is unknown. */
  const unknown = async (): Promise<LateWord> => {
    const id = newRequestId(random);
    const written = await ledger.append(intentOf(id));
    if (!written.ok) throw new Error(written.error.code);
    await ledger.append({ ...intentOf(id), phase: 'outcome', outcome: 'unknown', code: 'command_timed_out' });
    return wordOn(id, written.value.leaf);
  };
  const lates = () => stores.rows(TENANT).filter((row) => row.audit.action === 'remote_support_late_outcome').map((row) => row.audit.request_id);
  return { clock, late, unknown, lates, lookedUp, said, stores };
}

test('what is heard is written once, however often and in whatever way it is said', async () => {
  const d = await desk();
  const word = await d.unknown();
  d.late.heard(who, [word]);
  d.late.heard(who, [word, word]);
  await settle();
  d.late.heard(who, [word]);
  await settle();
  expect(d.lates()).toEqual([word.request_id]);
  expect(d.stores.rows(TENANT).filter((row) => row.audit.request_id === word.request_id && row.audit.phase === 'outcome')).toHaveLength(1);
});

test('many words are looked up together, and words nobody knows write nothing', async () => {
  const d = await desk();
  const words = [await d.unknown(), await d.unknown(), wordOn(newRequestId(random), 'no entry')];
  d.late.heard(who, words);
  await settle();
  expect(d.lates()).toEqual(words.slice(0, 2).map((word) => word.request_id));
  expect(d.lookedUp).toEqual([3]);
});

/** Guarantee: an agent that talks without end makes us look up one batch at a time, and keep no more than one more. */
test('a flood of words is one look-up at a time and bounded in memory', async () => {
  const d = await desk();
  for (let i = 0; i < 500; i++) d.late.heard(who, [wordOn(newRequestId(random), 'no entry')]);
  await settle();
  expect(d.lookedUp.length).toBeLessThanOrEqual(2);
  expect(Math.max(...d.lookedUp)).toBeLessThanOrEqual(LATE_MAX);
});

test('what still runs gets its outcome first', async () => {
  let finish: () => void = () => undefined;
  const d = await desk({ running: () => new Promise<void>((resolve) => (finish = resolve)) });
  const word = await d.unknown();
  d.late.heard(who, [word]);
  await settle();
  expect([d.lookedUp, d.lates()]).toEqual([[], []]);
  finish();
  await settle();
  expect(d.lates()).toEqual([word.request_id]);
});

test('while the log is away it is tried again, and written once when it is back', async () => {
  const state = { isDown: false };
  const d = await desk({ log: (real) => ({ ...real, commit: async (batch) => { if (state.isDown) throw new Error('gone'); return real.commit(batch); } }) });
  const word = await d.unknown();
  state.isDown = true;
  d.late.heard(who, [word]);
  await d.clock.advance(3_000);
  expect([d.lates(), d.said.includes('late_answer_not_recorded_yet')]).toEqual([[], true]);
  state.isDown = false;
  await d.clock.advance(1_000);
  expect(d.lates()).toEqual([word.request_id]);
});

test('what is not signed is said in the server\'s own log, and nowhere else', async () => {
  const d = await desk();
  const word = await d.unknown();
  d.late.heard(who, [{ ...word, result_sha256: 'ef'.repeat(32) }]);
  await settle();
  expect([d.lates(), d.said]).toEqual([[], ['late_answer_not_signed']]);
});

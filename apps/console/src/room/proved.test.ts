import { AGENT, HONEST, SESSION, SESSION_2, TENANT, texts, treeOf } from '../../../../packages/evidence/testing/made-log.ts';
import type { Replay } from '@argus/client/log-requests.ts';
import { fromBase64 } from '@argus/kit/bytes.ts';
import { expect, test } from 'vitest';
import { fromNext, hasGrown, prove, type ProvedStep } from './proved.ts';

const honest = texts(HONEST);
const tree = treeOf(honest);
const OF_SESSION = [5, 6, 7, 8, 9, 10, 11, 12, 13];
type Entry = Replay['steps'][number]['proofs'][number];
const entry = (index: number, leaf = honest[index] ?? ''): Entry => ({ index, leaf, inclusion: [...tree.inclusion(index)] });
/** As a server answers; what it says about its entries is not looked at. */
const answer = (proofs: readonly Entry[], over: Partial<Replay> = {}): Replay => ({
  session_id: SESSION, tenant_id: TENANT, agent_id: AGENT, size: tree.size, checkpoint: tree.checkpoint(), next: null,
  steps: [{ index: 5, at: 'said', type: 'said', is: 'asked', answer: null, late: null, proofs: [...proofs] }],
  ...over,
});
const all = OF_SESSION.map((index) => entry(index));
const underOf = (given: Replay) => {
  const proved = prove(given);
  return proved.ok ? proved.value.steps.map(({ index, under }) => [index, under]) : proved.error;
};

test('what is shown is what stands in the entries, each under its checkpoint', () => {
  const proved = prove(answer(all));
  expect(proved.ok && proved.value.steps.map(({ index, type, command, answer: said }) => [index, command ?? type, said?.code ?? said?.outcome])).toEqual([
    [5, 'remote_support_activation', 'ok'],
    [7, 'ping', 'ok'],
    [9, 'ping', 'command_timed_out'],
    [12, 'remote_support_session_ended', 'deactivate'],
    [13, 'remote_support_session_closed', 'deactivate'],
  ]);
  expect(underOf(answer(all))).toEqual([5, 7, 9, 12, 13].map((index) => [index, tree.size]));
});

/** Guarantee: an entry that is not in the log is not shown as one, whatever the server says. */
test('a word changed in one entry is seen, and only there', () => {
  const changed = all.map((one) => (one.index === 7 ? entry(7, one.leaf.replace('ana@argus.example', 'eve@argus.example')) : one));
  expect(underOf(answer(changed))).toEqual([[5, 15], [7, null], [9, 15], [12, 15], [13, 15]]);
});

test('an answer that does not stand there spoils its step, as a proof of another place does', () => {
  const moved = all.map((one) => (one.index === 8 ? { ...one, inclusion: [...tree.inclusion(9)] } : one));
  expect(underOf(answer(moved))).toContainEqual([7, null]);
  expect(underOf(answer(all.map((one) => ({ ...one, inclusion: ['no base64'] }))))).toEqual([5, 7, 9, 12, 13].map((index) => [index, null]));
});

test('an entry under another number, of another session or in no form at all is no part of this one', () => {
  expect(underOf(answer([entry(5), { ...entry(7), index: 8 }]))).toMatch(/says it is entry 7/);
  expect(underOf(answer(all, { session_id: SESSION_2 }))).toMatch(/of another session/);
  expect(underOf(answer([entry(5, '{}')]))).toMatch(/entry 5/);
  expect(underOf(answer(all, { checkpoint: tree.checkpoint(4) }))).toMatch(/checkpoint/);
});

test('a log that has grown is the earlier one and more; one that was written anew is not', () => {
  const head = (size: number, of = tree) => ({ size, root: of.rootAt(size) });
  expect(hasGrown(head(9), head(15), tree.consistency(9))).toBe(true);
  const anew = treeOf(honest.map((text) => text.replace('ana@argus.example', 'eve@argus.example')));
  expect(hasGrown(head(9), head(15, anew), anew.consistency(9))).toBe(false);
  expect(hasGrown(head(9), head(15), ['none'])).toBe(false);
  expect(fromBase64(tree.consistency(9)[0] ?? '')).toHaveLength(32);
});

const step = (index: number, isAnswered = true) => ({ index, answer: isAnswered ? {} : null }) as unknown as ProvedStep; // what is asked here
const steps = (count: number, waiting: number[] = []) => Array.from({ length: count }, (_, n) => step(100 + 2 * n, !waiting.includes(n)));
test('the next look begins where something may still come, and never stands still before what is left', () => {
  expect(fromNext(100, steps(5), null)).toBe(100);
  expect(fromNext(100, steps(60), null)).toBe(200); // the last ten, once more
  expect(fromNext(100, steps(60, [20]), null)).toBe(140); // an answer is awaited
  expect(fromNext(100, steps(200), 500)).toBe(500);
  expect(fromNext(100, steps(200, [0]), 500)).toBe(500);
  expect(fromNext(140, steps(60, [20]), null)).toBe(200);
});

import { expect, test } from 'vitest';
import type { ReplayStep } from '@argus/protocol/replay.ts';
import type { Proof } from '../proof/question.ts';
import { keyOf, moved, proofOf, shownFor } from './player.ts';

const steps = ['12:00:00', '12:00:00', '12:00:03', '12:30:00', 'x'].map((time) => ({ at: time === 'x' ? time : `2026-03-01T${time}.000Z` }));

test.each([
  [0, 1, 600], // at once: long enough to be read
  [1, 1, 3_000], // as it was
  [1, 4, 750],
  [2, 1, 6_000], // half an hour in which nothing was asked
  [2, 16, 600],
  [3, 1, 600], // a time that is none
  [4, 1, null],
] as const)('step %i is shown at speed %i for %s ms', (at, speed, ms) => expect(shownFor(steps, at, speed === 16 ? 16 : speed)).toBe(ms));

test('one goes on and back, and never beyond either end', () => {
  expect([moved(0, 'back', 3), moved(0, 'on', 3), moved(2, 'on', 3), moved(1, 'first', 3), moved(1, 'last', 3), moved(0, 'on', 1)]).toEqual([0, 1, 2, 0, 2, 0]);
});

test.each([
  ['ArrowLeft', 'BODY', 'back'],
  ['ArrowRight', 'BUTTON', 'on'],
  [' ', 'BODY', 'play'],
  [' ', 'BUTTON', null], // the button is what is pressed
  ['ArrowRight', 'INPUT', null], // the scrubber moves by itself
  ['ArrowLeft', 'TEXTAREA', null],
  ['x', 'BODY', null],
  ['constructor', 'BODY', null],
] as const)('%j on %s means %s', (key, tag, meant) => {
  expect(keyOf({ key, tag, isModified: false })).toBe(meant);
  expect(keyOf({ key, tag, isModified: true })).toBeNull();
});

const step = { index: 7, answer: { index: 8 }, late: { index: 11 } } as ReplayStep; // what is looked at of it
const found = (...findings: readonly { readonly code: string; readonly index?: number }[]) => ({ differs: [] as string[], checked: { findings } }) as unknown as Proof;
test.each<[string, Proof | null, string]>([
  ['not checked yet', null, 'checking'],
  ['nothing is wrong', found({ code: 'not_tied_to_machine' }), 'proved'],
  ['another entry is wrong', found({ code: 'inclusion_wrong', index: 9 }), 'proved'],
  ['what was asked is wrong', found({ code: 'inclusion_wrong', index: 7 }), 'wrong'],
  ['the answer is wrong', found({ code: 'signature_wrong', index: 8 }), 'wrong'],
  ['the late answer is wrong', found({ code: 'signature_wrong', index: 11 }), 'wrong'],
  ['the checkpoint is wrong', found({ code: 'checkpoint_not_trusted' }), 'wrong'],
  ['it is shown as it was not', { ...found(), differs: ['7'] }, 'wrong'],
])('a step of which %s', (_what, proof, state) => expect(proofOf(step, proof)).toBe(state));

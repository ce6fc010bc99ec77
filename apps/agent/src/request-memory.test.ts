import { expect, test } from 'vitest';
import { createRequestMemory, REQUESTS_KEPT } from './request-memory.ts';

test('what was acted on is remembered, and nothing else', () => {
  const memory = createRequestMemory(['request_1']);
  memory.add('request_2');
  expect(['request_1', 'request_2', 'request_3', 'toString', ''].map(memory.has)).toEqual([true, true, false, false, false]);
  expect(memory.all()).toEqual(['request_1', 'request_2']);
});

/** Guarantee: memory is bounded, and the newest stay. */
test('of more than it keeps the oldest are forgotten; one that comes again is new again', () => {
  const memory = createRequestMemory(Array.from({ length: REQUESTS_KEPT }, (_, i) => `request_${i}`));
  memory.add('request_0');
  memory.add('one_more');
  expect(memory.all()).toHaveLength(REQUESTS_KEPT);
  expect(['request_0', 'request_1', 'request_2', 'one_more'].map(memory.has)).toEqual([true, false, true, true]);
});

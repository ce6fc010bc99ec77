import { readFailure } from '@argus/client/problem.ts';
import { expect, test } from 'vitest';
import { problemHint, problemTitle } from './problem-words.ts';

const said = (writes: boolean) => {
  const problem = readFailure(new TypeError('Failed to fetch'), { writes });
  return [problemTitle(problem), problemHint(problem)];
};
test('a page that could not be read says that it tries again by itself', () => {
  expect(said(false)).toEqual(['The answer broke off.', 'Look at your network; this page tries again by itself.']);
});
test('what changes something and had no answer is not said to be tried again: whether it was done, nobody here knows', () => {
  expect(said(true)).toEqual(['The server did not answer.', 'Whether it was done is not known: look at the state before you try again.']);
});

import { expect, test } from 'vitest';
import { endWords, stepWords } from './words.ts';

/** Guarantee: a machine signs how a session ended in words of its own. One that every object knows would be drawn as what it is not, and take the page with it. */
test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('a machine that says %s is shown with that word', (said) => {
  expect([endWords(said), stepWords(said)]).toEqual([said, said]);
});

import { expect, test } from 'vitest';
import { wordsAsked } from './words-asked.ts';

test('all words, in small letters', () => expect(wordsAsked('  Till BERLIN  1.2.0 ')).toEqual(['till', 'berlin', '1.2.0']));

/** Each is looked for in every machine of the fleet: a hundred times the same would keep the database busy for seconds. */
test('what stands in another word is not looked for again, however often it is typed', () => {
  expect(wordsAsked('m '.repeat(100))).toEqual(['m']);
  expect(wordsAsked('till ill TILL i tills')).toEqual(['tills']);
  expect(wordsAsked('')).toEqual([]);
});

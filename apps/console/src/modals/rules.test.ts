import { expect, test } from 'vitest';
import { armBlock, disarmBlock } from './rules.ts';

const fine = { tenant: 'UTD_7ELEVEN_001', typed: 'UTD_7ELEVEN_001', reason: 'new contract', document: 'DOC-7', vouched: true, waitS: 0 };

test('a form with all it takes can be sent', () => {
  expect(armBlock(fine)).toBeNull();
  expect(disarmBlock(fine)).toBeNull();
});

test.each([
  ['another tenant', { typed: 'UTD_7ELEVEN_002' }, /exactly/],
  ['the tenant in small letters', { typed: 'utd_7eleven_001' }, /exactly/],
  ['the tenant with a space', { typed: 'UTD_7ELEVEN_001 ' }, /exactly/],
  ['a reason of two letters and spaces', { reason: '  ab  ' }, /at least 3/],
  ['no document', { document: ' ' }, /document/],
  ['nothing vouched for', { vouched: false }, /before you/],
  ['a turn that is not there yet', { waitS: 4 }, /4 s/],
])('with %s it cannot, and it says why', (_, change, says) => {
  expect(armBlock({ ...fine, ...change })).toMatch(says);
});

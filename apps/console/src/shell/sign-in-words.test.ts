import { ERRORS } from '@argus/protocol/errors.ts';
import { SIGNS_IN_WITH_PASSKEY } from '@argus/protocol/http/auth.ts';
import { expect, test } from 'vitest';
import { askedBy, inOwnWords, missingIn, USE_PASSKEY } from './sign-in-words.ts';

const refused = (code: 'second_factor_required' | 'sign_in_refused') => ({ kind: 'refused' as const, code, request_id: 'req_1', title: ERRORS[code].title, hint: ERRORS[code].hint, status: ERRORS[code].status });

test('an empty password is never sent, nor an empty e-mail', () => {
  expect(missingIn({ email: ' ', password: 'x' })).toEqual({ email: 'Type your e-mail.' });
  expect(missingIn({ email: 'a@b.example', password: '' })).toEqual({ password: 'Type your password.' });
  expect(missingIn({ email: 'a@b.example', password: ' ' })).toBeNull();
});

test('that a code is needed is said to a person at the field of the code; every other no is shown as the server says it', () => {
  expect(askedBy(refused('second_factor_required'))?.code).toMatch(/^Type the code/);
  expect(askedBy(refused('second_factor_required'))?.code).not.toMatch(/totp|recovery_code/);
  for (const other of [refused('sign_in_refused'), 'A sentence of our own.', { kind: 'unreadable' as const, status: 502 }]) expect(askedBy(other)).toBeNull();
});

test('whose second factor is a passkey is asked for it, and for no code; an authenticator app beside it is asked for as ever', () => {
  const asked = { ...refused('second_factor_required'), problems: [SIGNS_IN_WITH_PASSKEY] };
  expect([askedBy(asked), inOwnWords(asked)]).toEqual([null, USE_PASSKEY]);
  expect(USE_PASSKEY).not.toMatch(/code|POST/);
  for (const other of [refused('second_factor_required'), refused('sign_in_refused'), 'A sentence of our own.']) expect(inOwnWords(other)).toBe(other);
});

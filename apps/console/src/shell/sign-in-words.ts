/** What the form says of each of its fields: what is missing before anything is sent, and what the server asks for after a no. */
import { SIGNS_IN_WITH_PASSKEY } from '@argus/protocol/http/auth.ts';
import type { Trouble } from '../ui/problem.tsx';

export type SaidOf = { readonly email?: string; readonly password?: string; readonly code?: string };

/** Null: it can be sent. */
export function missingIn({ email, password }: { readonly email: string; readonly password: string }): SaidOf | null {
  if (email.trim() === '') return { email: 'Type your e-mail.' };
  return password === '' ? { password: 'Type your password.' } : null;
}

const asksMore = (problem: Trouble) => (typeof problem !== 'string' && problem.kind === 'refused' && problem.code === 'second_factor_required' ? problem : null);
const asksPasskey = (problem: Trouble): boolean => asksMore(problem)?.problems?.includes(SIGNS_IN_WITH_PASSKEY) === true;

/** Of who has a passkey and no authenticator app: there is no code to type. */
export const USE_PASSKEY = 'Use your passkey: this account signs in with it, and a password is not enough.';
export const inOwnWords = (problem: Trouble): Trouble => (asksPasskey(problem) ? USE_PASSKEY : problem);

/** A no that asks for one thing more is said at its field; null: it is another one. */
export const askedBy = (problem: Trouble): SaidOf | null =>
  asksMore(problem) !== null && !asksPasskey(problem) ? { code: 'Type the code your authenticator app shows now, or one of your recovery codes.' } : null;

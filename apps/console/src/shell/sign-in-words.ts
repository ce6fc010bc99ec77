/** What the form says of each of its fields: what is missing before anything is sent, and what the server asks for after a no. */
import type { Trouble } from '../ui/problem.tsx';

export type SaidOf = { readonly email?: string; readonly password?: string; readonly code?: string };

/** Null: it can be sent. */
export function missingIn({ email, password }: { readonly email: string; readonly password: string }): SaidOf | null {
  if (email.trim() === '') return { email: 'Type your e-mail.' };
  return password === '' ? { password: 'Type your password.' } : null;
}

/** A no that asks for one thing more is said at its field; null: it is another one. */
export const askedBy = (problem: Trouble): SaidOf | null =>
  typeof problem !== 'string' && problem.kind === 'refused' && problem.code === 'second_factor_required' ? { code: 'Type the code your authenticator app shows now, or one of your recovery codes.' } : null;

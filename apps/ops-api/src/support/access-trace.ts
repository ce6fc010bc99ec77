import type { Attempt } from '../audit/attempt.ts';
import type { WayIn } from '../gates/cf-access.ts';

/**
 * What the record says of the way a caller from outside came by: whom an assertion vouched for, and of one that was
 * refused, why. The first gate has asked already, so nothing is verified for the record's sake.
 */
export async function accessTrace(access: WayIn): Promise<Pick<Attempt, 'accessIdentity' | 'args'>> {
  const verdict = await access();
  if (verdict.ok) return { accessIdentity: verdict.value.email };
  const { email, flaw } = verdict.error;
  return { ...(email !== undefined && { accessIdentity: email }), ...(flaw !== undefined && { args: { assertion: flaw } }) };
}

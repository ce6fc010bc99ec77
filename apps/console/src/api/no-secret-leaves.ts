/** What is typed into a search or a filter stands in the address it is asked at, and addresses are kept by proxies and histories: no secret of ours goes into one. Pure. */
import type { ClientProblem } from '@argus/client/problem.ts';
import { ERRORS } from '@argus/protocol/errors.ts';
import { secretShaped } from '@argus/protocol/ids.ts';

export const hasSecret = (text: string): boolean => secretShaped().test(text);

/** Null: it may be sent. */
export function secretIn(path: string): ClientProblem | null {
  if (!hasSecret(decoded(path))) return null;
  const { title, status } = ERRORS.secret_in_address;
  return { kind: 'refused', code: 'secret_in_address', title, status, hint: 'It was not sent. Take it out of what you typed.', request_id: 'none' };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

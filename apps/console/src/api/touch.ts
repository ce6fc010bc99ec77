/** The three steps of a passkey: ask what to sign, have it signed, send it. */
import type { Request } from '@argus/client/requests.ts';
import { err, type Result } from '@argus/kit/result.ts';
import type { PasskeyAsked, UsePasskey } from '@argus/protocol/http/passkeys.ts';
import { usePasskey } from '../adapters/passkey.ts';
import type { Trouble } from '../ui/problem.tsx';
import { call } from './call.ts';

export async function touch<T>(begin: Request<PasskeyAsked>, answer: (used: UsePasskey) => Request<T>): Promise<Result<T, Trouble>> {
  const asked = await call(begin);
  if (!asked.ok) return asked;
  const used = await usePasskey(asked.value);
  return used.ok ? call(answer(used.value)) : err(used.error);
}

import * as auth from '@argus/client/auth.ts';
import type { SignInWays } from '@argus/protocol/http/auth.ts';
import type { Seen } from './store.ts';
import { useData } from './use-data.ts';

export const useSignInWays = (): Seen<SignInWays> => useData(auth.signInWays(), []);
/** At an identity provider: what is kept of it is kept there. */
export const useSignsInElsewhere = (): boolean => useSignInWays().data?.mode === 'oidc';

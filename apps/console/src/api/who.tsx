/** Who is signed in here. */
import { createContext, useContext } from 'react';
import type { LoginShown } from '@argus/protocol/http/auth.ts';

export type Who = LoginShown;
export const WhoContext = createContext<Who | null>(null);

export function useWho(): Who {
  const who = useContext(WhoContext);
  if (!who) throw new Error('A page was shown to nobody.');
  return who;
}

/** Who is signed in here. */
import { createContext, useContext } from 'react';
import type { LoginShown } from '@argus/protocol/http/auth.ts';

export type Who = LoginShown;
export const WhoContext = createContext<Who | null>(null);
/** After something about one's own account has changed. */
export const AskWhoContext = createContext<() => void>(() => {});

export function useWho(): Who {
  const who = useContext(WhoContext);
  if (!who) throw new Error('A page was shown to nobody.');
  return who;
}

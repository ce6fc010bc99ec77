/** Signed in or not: one of two things is shown, and nothing of the one is left in the other. */
import { useCallback, useEffect, useState } from 'react';
import * as auth from '@argus/client/auth.ts';
import { call, keepCsrf } from './api/call.ts';
import { listen, stopListening } from './api/live.ts';
import { store } from './api/use-data.ts';
import { WhoContext, type Who } from './api/who.tsx';
import { Shell } from './shell/shell.tsx';
import { SignIn } from './shell/sign-in.tsx';

type State = { readonly kind: 'asking' } | { readonly kind: 'nobody'; readonly says: string | null } | { readonly kind: 'somebody'; readonly who: Who };

export function App() {
  const [state, setState] = useState<State>({ kind: 'asking' });
  const enter = useCallback((who: Who) => {
    keepCsrf(who.csrf_token);
    listen();
    setState({ kind: 'somebody', who });
  }, []);
  const leave = useCallback((says: string | null) => {
    stopListening();
    keepCsrf(null);
    store.clear();
    setState({ kind: 'nobody', says });
  }, []);
  useEffect(() => {
    void call(auth.showLogin()).then((answer) => (answer.ok ? enter(answer.value) : leave(null)));
  }, [enter, leave]);

  if (state.kind === 'asking') return <main className="sign-in-place" aria-busy="true" />;
  if (state.kind === 'nobody') return <SignIn says={state.says} onSignedIn={enter} />;
  return (
    <WhoContext value={state.who}>
      <Shell onLeft={leave} />
    </WhoContext>
  );
}

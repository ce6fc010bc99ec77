/** Signed in or not: one of two things is shown, and nothing of the one is left in the other. */
import { useCallback, useEffect, useState } from 'react';
import type { ClientProblem } from '@argus/client/problem.ts';
import * as auth from '@argus/client/auth.ts';
import { call, keepCsrf, whenOver } from './api/call.ts';
import { listen, stopListening } from './api/live.ts';
import { store } from './api/use-data.ts';
import { AskWhoContext, WhoContext, type Who } from './api/who.tsx';
import { go, matchPath, placeOf, useHash } from './hash.ts';
import { Away } from './shell/away.tsx';
import { Join } from './shell/join.tsx';
import { Shell } from './shell/shell.tsx';
import { SignIn } from './shell/sign-in.tsx';

type State = { readonly kind: 'asking' } | { readonly kind: 'away'; readonly problem: ClientProblem } | { readonly kind: 'nobody'; readonly says: string | null } | { readonly kind: 'somebody'; readonly who: Who };

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
  const askWho = useCallback(() => {
    const ask = async () => {
      const answer = await call(auth.showLogin());
      if (answer.ok) enter(answer.value);
      else if (answer.error.kind !== 'unreachable') leave(null);
      else setState((was) => (was.kind === 'somebody' ? was : { kind: 'away', problem: answer.error }));
    };
    void ask();
  }, [enter, leave]);
  useEffect(askWho, [askWho]);
  useEffect(() => whenOver(() => leave('This sign-in has ended.')), [leave]);

  const joining = matchPath('/join/:code', placeOf(useHash()).path);
  const joined = (email: string) => {
    go('/');
    leave(`Sign in as ${email}, with the password you chose.`);
  };

  if (state.kind === 'away') return <Away problem={state.problem} onAgain={askWho} />;
  if (state.kind === 'asking') return <main className="sign-in-place" aria-busy="true" />;
  if (joining && state.kind === 'nobody') return <Join code={joining['code'] ?? ''} onJoined={joined} />;
  if (state.kind === 'nobody') return <SignIn says={state.says} onSignedIn={enter} />;
  return (
    <WhoContext value={state.who}>
      <AskWhoContext value={askWho}>
        <Shell onLeft={leave} />
      </AskWhoContext>
    </WhoContext>
  );
}

/** Signed in or not: one of two things is shown, and nothing of the one is left in the other; nor of one person for the next. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ClientProblem } from '@argus/client/problem.ts';
import { hearTabs, tellTabs, type TabWord } from './adapters/tabs.ts';
import { keepPerson, whenOther, whenOver, whoIsHere } from './api/call.ts';
import { listen, stopListening } from './api/live.ts';
import { store } from './api/use-data.ts';
import { AskWhoContext, WhoContext, type Who } from './api/who.tsx';
import { go, matchPath, placeOf, useHash } from './hash.ts';
import { Away } from './shell/away.tsx';
import { Join } from './shell/join.tsx';
import { Shell } from './shell/shell.tsx';
import { SignIn } from './shell/sign-in.tsx';

type State = { readonly kind: 'asking' } | { readonly kind: 'away'; readonly problem: ClientProblem } | { readonly kind: 'nobody'; readonly says: string | null; readonly email?: string } | { readonly kind: 'somebody'; readonly who: Who };

const ENDED = 'This sign-in has ended.';

export function App() {
  const [state, setState] = useState<State>({ kind: 'asking' });
  const here = useRef<Pick<TabWord, 'login' | 'user'> | null>(null);
  const forget = useCallback(() => {
    stopListening();
    keepPerson(null);
    store.clear();
    here.current = null;
  }, []);
  const enter = useCallback(
    (who: Who) => {
      const now = { login: who.login_id, user: who.user.user_id };
      if (here.current !== null && here.current.user !== now.user) {
        forget();
        go('/'); // where somebody was is theirs as well
      }
      if (here.current?.login !== now.login) tellTabs({ ...now, is: 'in' });
      here.current = now;
      keepPerson(who);
      listen();
      setState({ kind: 'somebody', who });
    },
    [forget],
  );
  const leave = useCallback(
    (says: string | null, email = '') => {
      if (here.current !== null) tellTabs({ ...here.current, is: 'out' });
      forget();
      setState({ kind: 'nobody', says, email });
    },
    [forget],
  );
  const askWho = useCallback(() => {
    const ask = async () => {
      const answer = await whoIsHere();
      if (answer.ok) enter(answer.value);
      else if (answer.error.kind !== 'unreachable') leave(null);
      else setState((was) => (was.kind === 'somebody' ? was : { kind: 'away', problem: answer.error }));
    };
    void ask();
  }, [enter, leave]);
  useEffect(askWho, [askWho]);
  useEffect(() => whenOver(() => leave(ENDED)), [leave]);
  const becomeOther = useCallback(() => {
    forget();
    go('/');
    setState({ kind: 'asking' });
    askWho();
  }, [forget, askWho]);
  useEffect(() => whenOther(becomeOther), [becomeOther]);
  useEffect(
    () =>
      hearTabs(({ login, user, is }) => {
        if (here.current === null || (login === here.current.login) === (is === 'in')) return; // nobody is here, or it changes nothing
        if (is === 'in' && user === here.current.user) return askWho(); // the same person, anew
        if (is === 'in') return becomeOther();
        forget();
        setState({ kind: 'nobody', says: ENDED });
      }),
    [forget, askWho, becomeOther],
  );
  // A tab that slept has heard nothing.
  useEffect(() => {
    const seen = () => {
      if (document.visibilityState === 'visible' && here.current !== null) askWho();
    };
    document.addEventListener('visibilitychange', seen);
    return () => document.removeEventListener('visibilitychange', seen);
  }, [askWho]);

  const joining = matchPath('/join/:code', placeOf(useHash()).path);
  const joined = (email: string) => {
    go('/');
    leave(`Sign in as ${email}, with the password you chose.`, email);
  };

  if (state.kind === 'away') return <Away problem={state.problem} onAgain={askWho} />;
  if (state.kind === 'asking') return <main className="sign-in-place" aria-busy="true" />;
  if (joining && state.kind === 'nobody') return <Join code={joining['code'] ?? ''} onJoined={joined} />;
  if (state.kind === 'nobody') return <SignIn says={state.says} email={state.email ?? ''} onSignedIn={enter} />;
  return (
    <WhoContext value={state.who}>
      <AskWhoContext value={askWho}>
        <Shell key={state.who.user.user_id} onLeft={leave} />
      </AskWhoContext>
    </WhoContext>
  );
}

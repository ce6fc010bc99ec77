import { useContext } from 'react';
import * as auth from '@argus/client/auth.ts';
import { useData } from '../api/use-data.ts';
import { AskWhoContext, useWho } from '../api/who.tsx';
import { useAct } from '../modals/use-act.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Moment } from '../ui/moment.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { browserWords } from './browser-words.ts';
import { OwnPasskeys } from './own-passkeys.tsx';
import { OwnSignIn } from './own-sign-in.tsx';
import { Facts, Page, Panel, Shown } from './page.tsx';

export function ProfilePage() {
  const who = useWho();
  const askWho = useContext(AskWhoContext);
  const logins = useData(auth.listLogins(), ['logins']);
  const { act, busy, problem, stepUp } = useAct<unknown>(['logins'], () => {});
  return (
    <Page title="PROFILE" more={who.user.email}>
      {problem ? <ProblemNote problem={problem} /> : null}
      <div className="columns">
        <Panel title="You">
          <Facts
            rows={[
              ['Name', who.user.name],
              ['Role', who.user.role],
              ['Tenants', who.user.tenants === 'all' ? 'all' : <span key="tenants" className="mono">{who.user.tenants.join(', ')}</span>],
              ['May', <span key="may" className="mono wrap-anywhere">{who.scopes.join(', ')}</span>],
            ]}
          />
        </Panel>
        <OwnSignIn onChanged={askWho} />
        <OwnPasskeys onChanged={askWho} />
        <Panel title="Where you are signed in" wide>
          <Shown seen={logins}>
            {(list) => (
              <ul className="lines">
                {list.logins.map((login) => (
                  <li key={login.login_id}>
                    <span className="lines-text">
                      <span className="wrap-anywhere" title={login.user_agent ?? undefined}>{browserWords(login.user_agent)}</span>
                      <span className="muted">
                        {login.ip}, active <Moment at={login.active_at} />
                      </span>
                    </span>
                    {login.current ? (
                      <Badge tone="accent">This one</Badge>
                    ) : (
                      <Button small look="danger" busy={busy} onPress={() => void act(auth.endLogin(login.login_id))} name="Sign out there">
                        Sign out
                      </Button>
                    )}
                  </li>
                ))}
              </ul>
            )}
          </Shown>
        </Panel>
      </div>
      {stepUp}
    </Page>
  );
}

import { useContext, useState } from 'react';
import * as auth from '@argus/client/auth.ts';
import { useData } from '../api/use-data.ts';
import { AskWhoContext, useWho } from '../api/who.tsx';
import { AuthenticatorModal } from '../modals/authenticator.tsx';
import { ChangePasswordModal } from '../modals/change-password.tsx';
import { RecoveryCodesModal } from '../modals/recovery-codes.tsx';
import { useAct } from '../modals/use-act.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Moment } from '../ui/moment.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { browserWords } from './browser-words.ts';
import { OwnPasskeys } from './own-passkeys.tsx';
import { Facts, Page, Panel, Shown } from './page.tsx';

export function ProfilePage() {
  const who = useWho();
  const askWho = useContext(AskWhoContext);
  const close = () => {
    setAsked(null);
    askWho();
  };
  const [asked, setAsked] = useState<'authenticator' | 'password' | 'codes' | null>(null);
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
        <Panel title="How you sign in">
          <Facts
            rows={[
              ['Second factor', who.user.second_factor ? <Badge key="factor" tone="good">Set up</Badge> : <Badge key="factor" tone="warn">Missing</Badge>],
              ['Authenticator', who.factors.totp ? 'set up' : 'none'],
              ['Recovery codes', `${who.recovery_codes_left} left`],
            ]}
          />
          <div className="page-actions">
            <Button onPress={() => setAsked('authenticator')}>{who.factors.totp ? 'Change authenticator app' : 'Set up authenticator app'}</Button>
            <Button onPress={() => setAsked('password')}>Change password</Button>
            <Button onPress={() => setAsked('codes')} whyNot={who.user.second_factor ? null : 'They come with a second factor.'}>
              New recovery codes
            </Button>
          </div>
        </Panel>
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
      {asked === 'authenticator' ? <AuthenticatorModal onClose={close} /> : null}
      {asked === 'password' ? <ChangePasswordModal onClose={close} /> : null}
      {asked === 'codes' ? <RecoveryCodesModal onClose={close} /> : null}
      {stepUp}
    </Page>
  );
}

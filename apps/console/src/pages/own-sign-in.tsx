import { useState } from 'react';
import { useSignInWays } from '../api/use-sign-in-ways.ts';
import { useWho } from '../api/who.tsx';
import { AuthenticatorModal } from '../modals/authenticator.tsx';
import { ChangePasswordModal } from '../modals/change-password.tsx';
import { RecoveryCodesModal } from '../modals/recovery-codes.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Facts, Panel, Shown } from './page.tsx';

/** What somebody signs in with, and changes: only what this server keeps of it. `onChanged`: it is another than it was. */
export function OwnSignIn({ onChanged }: { readonly onChanged: () => void }) {
  const seen = useSignInWays();
  return (
    <Panel title="How you sign in">
      <Shown seen={seen}>{({ mode }) => (mode === 'oidc' ? <AtProvider /> : <Here onChanged={onChanged} />)}</Shown>
    </Panel>
  );
}

/** A password that somebody may have had here before opens nothing any more, so nothing is offered around one. */
function AtProvider() {
  const { factors } = useWho();
  return (
    <>
      <Facts
        rows={[
          ['Sign-in', 'at your identity provider'],
          ['Confirmed by', factors.passkeys > 0 ? <Badge key="by" tone="good">A passkey</Badge> : factors.totp ? 'the authenticator app you had here before' : <Badge key="by" tone="warn">Nothing yet</Badge>],
        ]}
      />
      <p className="muted">Your password and second factor are kept by your identity provider, and changed there; this server has neither. What opens something here asks for a touch besides: that is a passkey of this server, below.</p>
    </>
  );
}

function Here({ onChanged }: { readonly onChanged: () => void }) {
  const { user, factors, recovery_codes_left: codes } = useWho();
  const [asked, setAsked] = useState<'authenticator' | 'password' | 'codes' | null>(null);
  const close = () => {
    setAsked(null);
    onChanged();
  };
  return (
    <>
      <Facts
        rows={[
          ['Second factor', user.second_factor ? <Badge key="factor" tone="good">Set up</Badge> : <Badge key="factor" tone="warn">Missing</Badge>],
          ['Authenticator', factors.totp ? 'set up' : 'none'],
          ['Recovery codes', `${codes} left`],
        ]}
      />
      <div className="page-actions">
        <Button onPress={() => setAsked('authenticator')}>{factors.totp ? 'Change authenticator app' : 'Set up authenticator app'}</Button>
        <Button onPress={() => setAsked('password')}>Change password</Button>
        <Button onPress={() => setAsked('codes')} whyNot={user.second_factor ? null : 'They come with a second factor.'}>
          New recovery codes
        </Button>
      </div>
      {asked === 'authenticator' ? <AuthenticatorModal onClose={close} /> : null}
      {asked === 'password' ? <ChangePasswordModal onClose={close} /> : null}
      {asked === 'codes' ? <RecoveryCodesModal onClose={close} /> : null}
    </>
  );
}

import { useState } from 'react';
import { listPasskeys } from '@argus/client/passkeys.ts';
import type { PasskeyView } from '@argus/protocol/http/passkeys.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { NewPasskeyModal } from '../modals/new-passkey.tsx';
import { RemovePasskeyModal, RenamePasskeyModal } from '../modals/own-passkey.tsx';
import { Button } from '../ui/button.tsx';
import { Moment } from '../ui/moment.tsx';
import { Panel, Shown } from './page.tsx';

type Asked = 'new' | { readonly passkey: PasskeyView; readonly to: 'rename' | 'remove' } | null;

/** `onChanged`: what this person can confirm with is another than it was. */
export function OwnPasskeys({ onChanged }: { readonly onChanged: () => void }) {
  const { user, factors } = useWho();
  const seen = useData(listPasskeys(), ['logins']);
  const [asked, setAsked] = useState<Asked>(null);
  const close = () => {
    setAsked(null);
    onChanged();
  };
  const keepsLast = ['owner', 'admin'].includes(user.role) && !factors.totp && factors.passkeys < 2 ? 'It is your last second factor. Your role keeps one: make another first.' : null;
  return (
    <Panel title="Passkeys" actions={<Button small onPress={() => setAsked('new')}>New passkey</Button>}>
      <Shown seen={seen}>
        {(list) =>
          list.passkeys.length === 0 ? (
            <p className="muted">None yet. A passkey is two factors in one touch, and works on no page but this site’s own.</p>
          ) : (
            <ul className="lines">
              {list.passkeys.map((passkey) => (
                <li key={passkey.passkey_id}>
                  <span className="lines-text">
                    <span className="wrap-anywhere">{passkey.name}</span>
                    <span className="muted">
                      made <Moment at={passkey.created_at} />, used <Moment at={passkey.last_used_at} />
                    </span>
                  </span>
                  <span className="cell-row">
                  <Button small look="quiet" name={`Rename ${passkey.name}`} onPress={() => setAsked({ passkey, to: 'rename' })}>
                    Rename
                  </Button>
                  <Button small look="danger" name={`Remove ${passkey.name}`} whyNot={keepsLast} onPress={() => setAsked({ passkey, to: 'remove' })}>
                    Remove
                  </Button>
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      {asked === 'new' ? <NewPasskeyModal onClose={close} /> : asked?.to === 'rename' ? <RenamePasskeyModal passkey={asked.passkey} onClose={close} /> : asked ? <RemovePasskeyModal passkey={asked.passkey} onClose={close} /> : null}
    </Panel>
  );
}

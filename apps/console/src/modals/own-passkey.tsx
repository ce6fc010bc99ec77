import { useState } from 'react';
import * as passkeys from '@argus/client/passkeys.ts';
import type { PasskeyView } from '@argus/protocol/http/passkeys.ts';
import { CopyLine } from '../ui/copy.tsx';
import { Field } from '../ui/field.tsx';
import { ActForm } from './act-form.tsx';
import { useAct } from './use-act.tsx';

type Props = { readonly passkey: PasskeyView; readonly onClose: () => void };

export function RenamePasskeyModal({ passkey, onClose }: Props) {
  const [name, setName] = useState(passkey.name);
  const renaming = useAct(['logins'], onClose);
  return (
    <ActForm
      title={`Passkey ${passkey.name}`}
      submit="Rename"
      block={name.trim() === '' ? 'Give it a name you will know it by.' : name.trim() === passkey.name ? 'It is called that already.' : null}
      act={renaming}
      onSubmit={() => void renaming.act(passkeys.renamePasskey(passkey.passkey_id, { name: name.trim() }))}
      onClose={onClose}
    >
      <Field label="Name" value={name} onChange={setName} maxLength={64} autoFocus />
      <p className="muted">A tenant who wants nobody but you to open sessions puts this key into the consent:</p>
      <CopyLine name="the key" text={JSON.stringify(passkey.operator_key)} />
    </ActForm>
  );
}

export function RemovePasskeyModal({ passkey, onClose }: Props) {
  const removing = useAct(['logins'], onClose);
  return (
    <ActForm
      title={`Remove ${passkey.name}`}
      submit="Remove"
      look="danger"
      act={removing}
      onSubmit={() => void removing.act(passkeys.removePasskey(passkey.passkey_id))}
      onClose={onClose}
      says={<p>Nobody signs in or confirms with it from then on. Remove it from the device as well, or it goes on being offered there.</p>}
    />
  );
}

import { useState } from 'react';
import * as passkeys from '@argus/client/passkeys.ts';
import { err } from '@argus/kit/result.ts';
import type { PasskeyView } from '@argus/protocol/http/passkeys.ts';
import { makePasskey } from '../adapters/passkey.ts';
import { call } from '../api/call.ts';
import { useSignsInElsewhere } from '../api/use-sign-in-ways.ts';
import { useWho } from '../api/who.tsx';
import { Field } from '../ui/field.tsx';
import { ActForm } from './act-form.tsx';
import { RecoveryCodesModal } from './recovery-codes.tsx';
import { useAct, type Work } from './use-act.tsx';

/** The first factor asks for the password once more; later ones for a factor that is there. Who has no codes yet is shown some. */
export function NewPasskeyModal({ onClose }: { readonly onClose: () => void }) {
  const { user, recovery_codes_left: codes } = useWho();
  const isElsewhere = useSignsInElsewhere();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [isMade, setMade] = useState(false);
  const making = useAct<PasskeyView>(['logins'], () => (codes > 0 || isElsewhere ? onClose() : setMade(true)));
  const make: Work<PasskeyView> = async () => {
    const asked = await call(passkeys.beginPasskey(password === '' ? {} : { password }));
    if (!asked.ok) return asked;
    const made = await makePasskey(asked.value);
    return made.ok ? call(passkeys.addPasskey({ name: name.trim(), ...made.value })) : err(made.error);
  };
  if (isMade) return <RecoveryCodesModal says="Your passkey is kept. Recovery codes let you in when it is lost." onClose={onClose} />;
  return (
    <ActForm
      title="New passkey"
      submit="Make it"
      block={name.trim() === '' ? 'Give it a name you will know it by.' : null}
      act={making}
      onSubmit={() => void making.act(make)}
      onClose={onClose}
      says={<p>Your browser, phone or security key keeps it. It {isElsewhere ? 'confirms that it is you' : 'signs you in'} with one touch, and works on this site only.</p>}
    >
      <Field label="Name" value={name} onChange={setName} maxLength={64} hint="Like: laptop, or the blue key." autoFocus />
      {user.second_factor ? null : <Field label="Your password" type="password" value={password} onChange={setPassword} autoComplete="current-password" hint={isElsewhere ? 'Only where you had one on this server before. Else leave it empty: it is enough that you signed in a moment ago.' : 'Once more, for your first second factor. Leave it empty if you have none here.'} />}
    </ActForm>
  );
}

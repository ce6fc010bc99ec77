import { useState } from 'react';
import * as auth from '@argus/client/auth.ts';
import type { RecoveryCodes, TotpBegun } from '@argus/protocol/http/auth.ts';
import { Field } from '../ui/field.tsx';
import { QrCode } from '../ui/qr-code.tsx';
import { ActForm } from './act-form.tsx';
import { KeepCodes } from './recovery-codes.tsx';
import { useAct } from './use-act.tsx';

/** Three steps: the password once more, the picture, its first code. Before the third, nothing has changed. */
export function AuthenticatorModal({ onClose }: { readonly onClose: () => void }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [begun, setBegun] = useState<TotpBegun | null>(null);
  const [codes, setCodes] = useState<RecoveryCodes | null>(null);
  const begin = useAct<TotpBegun>([], setBegun);
  const confirm = useAct<RecoveryCodes>(['logins'], setCodes);
  if (codes) return <KeepCodes codes={codes} onClose={onClose} />;
  const step = begun ? confirm : begin;
  const block = begun ? (/^\d{6}$/.test(code) ? null : 'Six digits, as the app shows them.') : password === '' ? 'Your password, once more.' : null;
  return (
    <ActForm
      title="Authenticator app"
      submit={begun ? 'Confirm' : 'Go on'}
      block={block}
      act={step}
      onSubmit={() => {
        void (begun ? confirm.act(auth.setTotp({ totp: code })) : begin.act(auth.beginTotp({ password })));
        setPassword('');
        setCode('');
      }}
      onClose={onClose}
    >
      {begun ? (
        <>
          <p>Read this with your authenticator app, or type the secret into it.</p>
          <QrCode rows={begun.qr} />
          <p className="mono wrap-anywhere">{begun.secret}</p>
          <Field label="The code it shows now" value={code} onChange={setCode} inputMode="numeric" autoComplete="one-time-code" maxLength={6} />
        </>
      ) : (
        <Field label="Your password" type="password" value={password} onChange={setPassword} autoComplete="current-password" autoFocus />
      )}
    </ActForm>
  );
}

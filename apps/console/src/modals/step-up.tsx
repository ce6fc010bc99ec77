import { useState } from 'react';
import * as auth from '@argus/client/auth.ts';
import * as passkeys from '@argus/client/passkeys.ts';
import type { Result } from '@argus/kit/result.ts';
import type { LoginShown } from '@argus/protocol/http/auth.ts';
import { call, keepPerson } from '../api/call.ts';
import { touch } from '../api/touch.ts';
import { useSignsInElsewhere } from '../api/use-sign-in-ways.ts';
import { useWho } from '../api/who.tsx';
import { href, paths } from '../paths.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import type { Trouble } from '../ui/problem.tsx';
import { ActForm } from './act-form.tsx';

/** A sign-in may be an hour old. What opens something asks who sits here now; it counts for five minutes. */
export function StepUp({ onConfirmed, onClose }: { readonly onConfirmed: () => void; readonly onClose: () => void }) {
  const { factors } = useWho();
  const [by, setBy] = useState<'passkey' | 'code'>(factors.passkeys > 0 ? 'passkey' : 'code');
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const confirm = async (work: () => Promise<Result<LoginShown, Trouble>>) => {
    setBusy(true);
    setProblem(null);
    const answer = await work();
    setBusy(false);
    setCode('');
    if (!answer.ok) return setProblem(answer.error);
    keepPerson(answer.value);
    onConfirmed();
  };
  if (factors.passkeys === 0 && !factors.totp) return <NoFactorYet onClose={onClose} />;
  const says = <p>What comes next needs more than a sign-in. It counts for five minutes.</p>;
  if (by === 'passkey') {
    return (
      <ActForm
        title="Confirm that it is you"
        submit="Use a passkey"
        act={{ busy, problem, stepUp: null }}
        onSubmit={() => void confirm(() => touch(passkeys.beginPasskeyConfirm(), passkeys.passkeyConfirm))}
        onClose={onClose}
        says={says}
      >
        {factors.totp ? (
          <p>
            <Button look="quiet" small onPress={() => setBy('code')}>
              Use a code instead
            </Button>
          </p>
        ) : null}
      </ActForm>
    );
  }
  return (
    <ActForm
      title="Confirm that it is you"
      submit="Confirm"
      block={/^\d{6}$/.test(code.trim()) ? null : 'Six digits, from your authenticator app.'}
      act={{ busy, problem, stepUp: null }}
      onSubmit={() => void confirm(() => call(auth.stepUp({ totp: code.trim() })))}
      onClose={onClose}
      says={says}
    >
      <Field label="Code" value={code} onChange={setCode} inputMode="numeric" autoComplete="one-time-code" maxLength={6} autoFocus />
    </ActForm>
  );
}

function NoFactorYet({ onClose }: { readonly onClose: () => void }) {
  const isElsewhere = useSignsInElsewhere();
  return (
    <Dialog title="A second factor is needed" onClose={onClose} footer={<Button onPress={onClose}>Close</Button>}>
      <p>What comes next needs more than {isElsewhere ? 'that you signed in at your identity provider' : 'a password'}, and you have nothing else yet.</p>
      <p>
        <a href={href(paths.profile())}>{isElsewhere ? 'Make a passkey' : 'Make a passkey or set up an authenticator app'}</a> on your profile; then come back.
      </p>
    </Dialog>
  );
}

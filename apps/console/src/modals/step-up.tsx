import { useState } from 'react';
import * as auth from '@argus/client/auth.ts';
import type { ClientProblem } from '@argus/client/problem.ts';
import { call, keepCsrf } from '../api/call.ts';
import { useWho } from '../api/who.tsx';
import { href, paths } from '../paths.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ActForm } from './act-form.tsx';

/** A sign-in may be an hour old. What opens something asks who sits here now; it counts for five minutes. */
export function StepUp({ onConfirmed, onClose }: { readonly onConfirmed: () => void; readonly onClose: () => void }) {
  const hasFactor = useWho().user.second_factor;
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ClientProblem | null>(null);
  const confirm = async () => {
    setBusy(true);
    const answer = await call(auth.stepUp({ totp: code.trim() }));
    setBusy(false);
    setCode('');
    if (!answer.ok) return setProblem(answer.error);
    keepCsrf(answer.value.csrf_token);
    onConfirmed();
  };
  if (!hasFactor) {
    return (
      <Dialog title="A second factor is needed" onClose={onClose} footer={<Button onPress={onClose}>Close</Button>}>
        <p>What comes next needs more than a password, and you have nothing else yet.</p>
        <p>
          <a href={href(paths.profile())}>Set up an authenticator app</a> on your profile; then come back.
        </p>
      </Dialog>
    );
  }
  return (
    <ActForm
      title="Confirm that it is you"
      submit="Confirm"
      block={/^\d{6}$/.test(code.trim()) ? null : 'Six digits, from your authenticator app.'}
      act={{ busy, problem, stepUp: null }}
      onSubmit={() => void confirm()}
      onClose={onClose}
      says={<p>What comes next needs more than a sign-in. It counts for five minutes.</p>}
    >
      <Field label="Code" value={code} onChange={setCode} inputMode="numeric" autoComplete="one-time-code" maxLength={6} autoFocus />
    </ActForm>
  );
}

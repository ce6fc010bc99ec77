import { useState } from 'react';
import * as auth from '@argus/client/auth.ts';
import type { ClientProblem } from '@argus/client/problem.ts';
import { call } from '../api/call.ts';
import type { Who } from '../api/who.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Mark } from './mark.tsx';

/** The second factor is asked together with the first: who guesses a password is not told that it was right. */
export function SignIn({ says, onSignedIn }: { readonly says: string | null; readonly onSignedIn: (who: Who) => void }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<ClientProblem | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    const factor = /^\d{6}$/.test(code.trim()) ? { totp: code.trim() } : code.trim() === '' ? {} : { recovery_code: code.trim() };
    const answer = await call(auth.signIn({ email, password, ...factor }));
    setBusy(false);
    setPassword('');
    setCode('');
    if (answer.ok) onSignedIn(answer.value);
    else setProblem(answer.error);
  };
  return (
    <main className="sign-in-place">
      <form
        className="sign-in"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <div className="sign-in-mark">
          <Mark size={36} />
          <h1>Argus</h1>
        </div>
        <p className="muted">Operations Console</p>
        {says && !problem ? <p className="note">{says}</p> : null}
        {problem ? <ProblemNote problem={problem} /> : null}
        <Field label="E-mail" type="email" value={email} onChange={setEmail} autoComplete="username" autoFocus />
        <Field label="Password" type="password" value={password} onChange={setPassword} autoComplete="current-password" />
        <Field label="Code" value={code} onChange={setCode} autoComplete="one-time-code" inputMode="numeric" hint="From your authenticator app, or a recovery code. Leave it empty if you have none yet." />
        <Button type="submit" look="main" busy={busy}>
          Sign in
        </Button>
      </form>
    </main>
  );
}

import { useState } from 'react';
import * as auth from '@argus/client/auth.ts';
import type { ClientProblem } from '@argus/client/problem.ts';
import { PASSWORD_MIN } from '@argus/protocol/http/auth.ts';
import { parseId } from '@argus/protocol/ids.ts';
import { call } from '../api/call.ts';
import { href } from '../paths.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Mark } from './mark.tsx';

/** Whoever follows a link chooses a password, and signs in with it. The link itself never left the browser until here. */
export function Join({ code, onJoined }: { readonly code: string; readonly onJoined: (email: string) => void }) {
  const invitation = parseId('invitation', code);
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [problem, setProblem] = useState<ClientProblem | null>(null);
  const [busy, setBusy] = useState(false);
  const [isBegun, setBegun] = useState(false);
  const block = name.trim() === '' ? 'Your name.' : password.length < PASSWORD_MIN ? `A password of at least ${PASSWORD_MIN} characters.` : password === again ? null : 'The two passwords differ.';
  const submit = async () => {
    if (!invitation) return;
    setBusy(true);
    const answer = await call(auth.redeemLink({ code: invitation, name: name.trim(), password, ...(email.trim() !== '' && { email: email.trim() }) }));
    setBusy(false);
    if (answer.ok) onJoined(answer.value.email);
    else setProblem(answer.error);
  };
  return (
    <main className="sign-in-place">
      <form
        className="sign-in"
        onChange={() => setBegun(true)}
        onSubmit={(event) => {
          event.preventDefault();
          if (block === null && !busy) void submit();
        }}
      >
        <div className="sign-in-mark">
          <Mark size={36} />
          <h1>Argus</h1>
        </div>
        <p className="muted">{invitation ? 'Choose how you will sign in.' : 'This link is not whole. Copy all of it, or ask for another.'}</p>
        {problem ? <ProblemNote problem={problem} /> : null}
        {invitation ? (
          <>
            <Field label="Your name" value={name} onChange={setName} autoComplete="name" maxLength={100} autoFocus />
            <Field label="E-mail" type="email" value={email} onChange={setEmail} autoComplete="username" hint="Leave it empty if somebody invited you: it is the one they named. Whoever is the first on a new server types theirs." />
            <Field label="Password" type="password" value={password} onChange={setPassword} autoComplete="new-password" hint={`At least ${PASSWORD_MIN} characters; a few words do well.`} />
            <Field label="Once more" type="password" value={again} onChange={setAgain} autoComplete="new-password" />
            <Button type="submit" look="main" busy={busy} whyNot={block} saysWhy={isBegun}>
              Join
            </Button>
          </>
        ) : null}
        <p className="muted">
          Joined already? <a href={href('/')}>Sign in</a>
        </p>
      </form>
    </main>
  );
}

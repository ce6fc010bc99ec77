import { useEffect, useState } from 'react';
import * as auth from '@argus/client/auth.ts';
import * as passkeys from '@argus/client/passkeys.ts';
import type { Result } from '@argus/kit/result.ts';
import type { SignInWays } from '@argus/protocol/http/auth.ts';
import { call } from '../api/call.ts';
import { touch } from '../api/touch.ts';
import type { Who } from '../api/who.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNote, type Trouble } from '../ui/problem.tsx';
import { Mark } from './mark.tsx';
import { askedBy, inOwnWords, missingIn, USE_PASSKEY, type SaidOf } from './sign-in-words.ts';

/** As far as the server has not said otherwise. */
const USUAL: SignInWays = { mode: 'local', passkeys: false };

/** The ways in are the server's to say; the page offers these and no other. */
export function SignIn({ says, email, onSignedIn }: { readonly says: string | null; readonly email: string; readonly onSignedIn: (who: Who) => void }) {
  const [ways, setWays] = useState(USUAL);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => void call(auth.signInWays()).then((answer) => (answer.ok ? setWays(answer.value) : null)), []);
  const enter: Enter = async (work) => {
    setBusy(true);
    setProblem(null);
    const answer = await work();
    setBusy(false);
    if (answer.ok) {
      onSignedIn(answer.value);
      return null;
    }
    const asked = askedBy(answer.error);
    if (asked === null) setProblem(inOwnWords(answer.error));
    return asked;
  };
  return (
    <main className="sign-in-place">
      <div className="sign-in">
        <div className="sign-in-mark">
          <Mark size={36} />
          <h1>Argus</h1>
        </div>
        <p className="muted">Operations Console</p>
        {says && !problem ? <p className="note">{says}</p> : null}
        {problem ? <ProblemNote problem={problem} /> : null}
        {ways.mode === 'local' ? <ByPassword email={email} busy={busy} enter={enter} /> : null}
        {ways.passkeys ? (
          <Button look={problem === USE_PASSKEY ? 'main' : 'plain'} busy={busy} icon="tokens" onPress={() => void enter(() => touch(passkeys.beginPasskeySignIn(), passkeys.passkeySignIn))}>
            Sign in with a passkey
          </Button>
        ) : null}
        {ways.mode === 'oidc' ? (
          <a className="button button-main" href={auth.oidcAddress(window.location.hash.slice(1))}>
            Sign in at your identity provider
          </a>
        ) : null}
        {ways.mode === 'disabled' ? <p className="note">Nobody signs in here: the server was started with AUTH_MODE=disabled. argusctl goes on working, with an access token.</p> : null}
      </div>
    </main>
  );
}

/** Answers what the server asks for besides, where that is a field of the form. */
type Enter = (work: () => Promise<Result<Who, Trouble>>) => Promise<SaidOf | null>;
type ByPasswordProps = { readonly email: string; readonly busy: boolean; readonly enter: Enter };

/**
 * The second factor is asked together with the first: who guesses a password is not told that it was right. What was typed
 * as password stays in this form, and nowhere else, until somebody is signed in or the page is left.
 */
function ByPassword({ email: known, busy, enter }: ByPasswordProps) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [said, setSaid] = useState<SaidOf>({});
  const submit = async () => {
    const factor = /^\d{6}$/.test(code.trim()) ? { totp: code.trim() } : code.trim() === '' ? {} : { recovery_code: code.trim() };
    const missing = missingIn({ email, password });
    setSaid(missing ?? {});
    if (missing || busy) return;
    setSaid((await enter(() => call(auth.signIn({ email, password, ...factor })))) ?? {});
    setCode(''); // it is good once
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Field label="E-mail" type="email" value={email} onChange={setEmail} autoComplete="username" autoFocus={known === ''} problem={said.email ?? null} />
      <Field label="Password" type="password" value={password} onChange={setPassword} autoComplete="current-password" autoFocus={known !== ''} problem={said.password ?? null} />
      <Field label="Code" value={code} onChange={setCode} autoComplete="one-time-code" inputMode="numeric" problem={said.code ?? null} hint="From your authenticator app, or a recovery code. Leave it empty if you have none yet." />
      <Button type="submit" look="main" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}

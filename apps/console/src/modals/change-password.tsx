import { useState } from 'react';
import * as auth from '@argus/client/auth.ts';
import { keepCsrf } from '../api/call.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { useAct } from './use-act.tsx';

const LENGTH_MIN = 12;
export function ChangePasswordModal({ onClose }: { readonly onClose: () => void }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const { act, busy, problem, stepUp } = useAct<{ readonly csrf_token: string }>(['logins'], ({ csrf_token: token }) => {
    keepCsrf(token);
    onClose();
  });
  const block = current === '' ? 'Your password as it is now.' : next.length < LENGTH_MIN ? `At least ${LENGTH_MIN} characters.` : next === again ? null : 'The two new ones differ.';
  return (
    <Dialog
      title="Change password"
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button look="main" type="submit" form="password" busy={busy} whyNot={block}>
            Change it
          </Button>
        </>
      }
    >
      <form
        id="password"
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (block === null && !busy) void act(auth.changePassword({ current, next }));
        }}
      >
        <p>Wherever else you are signed in, you are signed out.</p>
        {problem ? <ProblemNote problem={problem} /> : null}
        <Field label="Now" type="password" value={current} onChange={setCurrent} autoComplete="current-password" autoFocus />
        <Field label="From now on" type="password" value={next} onChange={setNext} autoComplete="new-password" hint={`At least ${LENGTH_MIN} characters; a few words do well.`} />
        <Field label="Once more" type="password" value={again} onChange={setAgain} autoComplete="new-password" />
      </form>
      {stepUp}
    </Dialog>
  );
}

import { useState } from 'react';
import * as auth from '@argus/client/auth.ts';
import { PASSWORD_MIN, type LoginShown } from '@argus/protocol/http/auth.ts';
import { keepPerson } from '../api/call.ts';
import { Field } from '../ui/field.tsx';
import { ActForm } from './act-form.tsx';
import { useAct } from './use-act.tsx';

export function ChangePasswordModal({ onClose }: { readonly onClose: () => void }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const changing = useAct<LoginShown>(['logins'], (who) => {
    keepPerson(who);
    onClose();
  });
  const block = current === '' ? 'Your password as it is now.' : next.length < PASSWORD_MIN ? `At least ${PASSWORD_MIN} characters.` : next === again ? null : 'The two new ones differ.';
  return (
    <ActForm
      title="Change password"
      submit="Change it"
      block={block}
      act={changing}
      onSubmit={() => void changing.act(auth.changePassword({ current, next }))}
      onClose={onClose}
      says={<p>Wherever else you are signed in, you are signed out.</p>}
    >
      <Field label="Now" type="password" value={current} onChange={setCurrent} autoComplete="current-password" autoFocus />
      <Field label="From now on" type="password" value={next} onChange={setNext} autoComplete="new-password" hint={`At least ${PASSWORD_MIN} characters; a few words do well.`} />
      <Field label="Once more" type="password" value={again} onChange={setAgain} autoComplete="new-password" />
    </ActForm>
  );
}

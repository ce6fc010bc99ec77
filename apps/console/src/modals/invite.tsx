import { useState } from 'react';
import * as users from '@argus/client/users.ts';
import { ROLES, type Invited } from '@argus/protocol/http/users.ts';
import { Button } from '../ui/button.tsx';
import { CopyLine } from '../ui/copy.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Moment } from '../ui/moment.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { useAct } from './use-act.tsx';

export function LinkShown({ made, onClose }: { readonly made: Invited; readonly onClose: () => void }) {
  return (
    <Dialog title={`A link for ${made.email}`} onClose={onClose} footer={<Button look="main" onPress={onClose}>I have sent it</Button>}>
      <p>
        Whoever has it becomes this user, as {made.role}. It works once, until <Moment at={made.expires_at} />, and is not shown again.
      </p>
      <CopyLine name="the link" text={made.link} />
    </Dialog>
  );
}

export function InviteModal({ onClose }: { readonly onClose: () => void }) {
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<(typeof ROLES)[number]>('operator');
  const [tenants, setTenants] = useState('');
  const [made, setMade] = useState<Invited | null>(null);
  const { act, busy, problem, stepUp } = useAct<Invited>(['users'], setMade);
  if (made) return <LinkShown made={made} onClose={onClose} />;
  const named = tenants.split(/[\s,]+/).filter(Boolean);
  const block = /^\S+@\S+$/.test(email.trim()) ? null : 'Their e-mail address.';
  return (
    <Dialog
      title="Invite"
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button look="main" type="submit" form="invite" busy={busy} whyNot={block}>
            Make the link
          </Button>
        </>
      }
    >
      <form
        id="invite"
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          // The server says what is no tenant.
          if (block === null && !busy) void act(users.inviteUser({ email: email.trim(), role, ...(named.length > 0 && { tenants: named as never[] }) }));
        }}
      >
        {problem ? <ProblemNote problem={problem} /> : null}
        <Field label="E-mail" type="email" value={email} onChange={setEmail} autoFocus />
        <fieldset className="choices">
          <legend>Role</legend>
          {ROLES.map((one) => (
            <label key={one} className="tick">
              <input type="radio" name="role" checked={role === one} onChange={() => setRole(one)} />
              <span>{one}</span>
            </label>
          ))}
        </fieldset>
        <Field label="Tenants" value={tenants} onChange={setTenants} mono hint="Separated by spaces. Left empty: as far as you reach yourself." />
      </form>
      {stepUp}
    </Dialog>
  );
}

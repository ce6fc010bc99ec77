import { useState } from 'react';
import * as users from '@argus/client/users.ts';
import type { Invited, UserView } from '@argus/protocol/http/users.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { LinkShown } from './invite.tsx';
import { reasonBlock } from './rules.ts';
import { ChooseRole } from './choose-role.tsx';
import { useAct } from './use-act.tsx';

/** Everything one can do about somebody else's account; each takes a reason, and each is on record. */
export function UserModal({ user, onClose }: { readonly user: UserView; readonly onClose: () => void }) {
  const [role, setRole] = useState(user.role);
  const [reason, setReason] = useState('');
  const [link, setLink] = useState<Invited | null>(null);
  const change = useAct<unknown>(['users'], onClose);
  const reset = useAct<Invited>(['users'], setLink);
  if (link) return <LinkShown made={link} onClose={onClose} />;
  const given = { reason: reason.trim() };
  const block = reasonBlock(reason);
  const problem = change.problem ?? reset.problem;
  const busy = change.busy || reset.busy;
  return (
    <Dialog title={user.email} onClose={onClose} footer={<Button onPress={onClose}>Close</Button>}>
      {problem ? <ProblemNote problem={problem} /> : null}
      <Field label="Reason" value={reason} onChange={setReason} rows={2} maxLength={500} autoFocus />
      <ChooseRole value={role} onChange={setRole} />
      <div className="page-actions">
        <Button look="main" busy={busy} whyNot={block ?? (role === user.role ? 'It is their role already.' : null)} onPress={() => void change.act(users.changeUser(user.user_id, { role, ...given }))}>
          Change role
        </Button>
        <Button busy={busy} whyNot={block} onPress={() => void change.act(users.changeUser(user.user_id, { state: user.state === 'active' ? 'disabled' : 'active', ...given }))}>
          {user.state === 'active' ? 'Disable' : 'Enable'}
        </Button>
        {user.locked ? (
          <Button busy={busy} whyNot={block} onPress={() => void change.act(users.unlockUser(user.user_id, given))}>
            Unlock
          </Button>
        ) : null}
        <Button busy={busy} whyNot={block} onPress={() => void reset.act(users.resetUser(user.user_id, given))}>
          Link to begin anew
        </Button>
        <Button busy={busy} whyNot={block} onPress={() => void change.act(users.endLoginsOfUser(user.user_id, given))}>
          Sign out everywhere
        </Button>
        <Button look="danger" busy={busy} whyNot={block} onPress={() => void change.act(users.removeUser(user.user_id, given))}>
          Remove
        </Button>
      </div>
      {change.stepUp}
      {reset.stepUp}
    </Dialog>
  );
}

import { useState } from 'react';
import * as users from '@argus/client/users.ts';
import type { Invited } from '@argus/protocol/http/users.ts';
import { Button } from '../ui/button.tsx';
import { CopyLine } from '../ui/copy.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Until } from '../ui/moment.tsx';
import { ActForm } from './act-form.tsx';
import { ChooseRole, type RoleName } from './choose-role.tsx';
import { useTenants } from './choose-tenants.tsx';
import { forTenants } from './reach.ts';
import { useAct } from './use-act.tsx';

export function LinkShown({ made, onClose }: { readonly made: Invited; readonly onClose: () => void }) {
  return (
    <Dialog title={`A link for ${made.email}`} onClose={onClose} footer={<Button look="main" onPress={onClose}>I have sent it</Button>}>
      <p>
        Whoever has it becomes this user, as {made.role}, <strong className="wrap-anywhere">{forTenants(made.tenants)}</strong>. It works once, <Until at={made.expires_at} />, and is not shown again.
      </p>
      <CopyLine name="the link" text={made.link} />
    </Dialog>
  );
}

export function InviteModal({ onClose }: { readonly onClose: () => void }) {
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<RoleName>('operator');
  const tenants = useTenants(role === 'viewer' ? 'some' : 'all'); // whoever only looks is usually of one tenant
  const isOwner = role === 'owner';
  const [made, setMade] = useState<Invited | null>(null);
  const inviting = useAct<Invited>(['users'], setMade);
  if (made) return <LinkShown made={made} onClose={onClose} />;
  return (
    <ActForm
      title="Invite"
      submit="Make the link"
      block={/^\S+@\S+$/.test(email.trim()) ? (isOwner ? null : tenants.block) : 'Their e-mail address.'}
      act={inviting}
      onSubmit={() => void inviting.act(users.inviteUser({ email: email.trim(), role, ...(isOwner ? {} : tenants.given) }))}
      onClose={onClose}
    >
      <Field label="E-mail" type="email" value={email} onChange={setEmail} autoFocus />
      <ChooseRole value={role} onChange={setRole} />
      {isOwner ? <p className="muted">An owner is one of all tenants.</p> : tenants.field}
    </ActForm>
  );
}

import { useState } from 'react';
import * as auth from '@argus/client/auth.ts';
import type { RecoveryCodes } from '@argus/protocol/http/auth.ts';
import { Button } from '../ui/button.tsx';
import { CopyLine } from '../ui/copy.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ActForm } from './act-form.tsx';
import { useAct } from './use-act.tsx';

export function KeepCodes({ codes, onClose }: { readonly codes: RecoveryCodes; readonly onClose: () => void }) {
  return (
    <Dialog title="Recovery codes" onClose={onClose} footer={<Button look="main" onPress={onClose}>I have kept them</Button>}>
      <p>Each signs you in once when your app or passkey is lost. They are shown this once.</p>
      <CopyLine name="the codes" text={codes.recovery_codes.join('\n')} />
    </Dialog>
  );
}

export function RecoveryCodesModal({ says = 'The ones you have are spent from then on.', onClose }: { readonly says?: string; readonly onClose: () => void }) {
  const [codes, setCodes] = useState<RecoveryCodes | null>(null);
  const making = useAct<RecoveryCodes>(['logins'], setCodes);
  if (codes) return <KeepCodes codes={codes} onClose={onClose} />;
  return (
    <ActForm
      title="New recovery codes"
      submit="Make new ones"
      act={making}
      onSubmit={() => void making.act(auth.newRecoveryCodes())}
      onClose={onClose}
      says={<p>{says}</p>}
    />
  );
}

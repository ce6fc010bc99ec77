import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { PatCreated } from '@argus/protocol/http/pats.ts';
import { Button } from '../ui/button.tsx';
import { CopyLine } from '../ui/copy.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ActForm } from './act-form.tsx';
import { PRESETS } from './presets.ts';
import { forTenants } from './reach.ts';
import { useTokenForm } from './token-form.tsx';
import { useAct } from './use-act.tsx';

export function NewTokenModal({ onClose }: { readonly onClose: () => void }) {
  const { fields, block, wanted } = useTokenForm({ presets: PRESETS, days: 90 });
  const [made, setMade] = useState<PatCreated | null>(null);
  const making = useAct<PatCreated>(['tokens'], setMade);
  if (made) {
    return (
      <Dialog title="Your new token" onClose={onClose} footer={<Button look="main" onPress={onClose}>I have kept it</Button>}>
        <p>
          It is <strong className="wrap-anywhere">{forTenants(made.tenants)}</strong>. It is shown this once. Keep it where only you can read it; argusctl login takes it.
        </p>
        <CopyLine name="the token" text={made.pat} />
      </Dialog>
    );
  }
  return (
    <ActForm title="New token" submit="Make it" block={block} act={making} onSubmit={() => void making.act(api.createPat(wanted()))} onClose={onClose}>
      {fields}
    </ActForm>
  );
}

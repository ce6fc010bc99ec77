import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { TenantView } from '@argus/protocol/http/shapes.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { disarmBlock } from './rules.ts';
import { useAct } from './use-act.tsx';

export function DisarmModal({ tenant, onClose }: { readonly tenant: TenantView; readonly onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const { act, busy, problem, waitS, stepUp } = useAct(['tenants', 'sessions'], onClose);
  const block = disarmBlock({ tenant: tenant.id, typed, reason, waitS });
  return (
    <Dialog
      title={`Disarm ${tenant.id}`}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button look="danger" type="submit" form="disarm" busy={busy} whyNot={block}>
            {waitS > 0 ? `Wait ${waitS} s` : 'Disarm'}
          </Button>
        </>
      }
    >
      <form
        id="disarm"
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (block === null && !busy) void act(api.disarm(tenant.id, { reason: reason.trim(), confirm_tenant_id: typed }));
        }}
      >
        <p>
          <strong>This ends any LIVE remote-support session for this tenant.</strong>
        </p>
        {problem ? <ProblemNote problem={problem} /> : null}
        <Field label={`Type ${tenant.id}`} value={typed} onChange={setTyped} mono autoFocus />
        <Field label="Reason" value={reason} onChange={setReason} rows={2} maxLength={500} hint="At least 3 characters; the tenant reads it." />
      </form>
      {stepUp}
    </Dialog>
  );
}

import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { TenantView } from '@argus/protocol/http/shapes.ts';
import { Field } from '../ui/field.tsx';
import { ActForm } from './act-form.tsx';
import { disarmBlock } from './rules.ts';
import { useAct } from './use-act.tsx';

export function DisarmModal({ tenant, onClose }: { readonly tenant: TenantView; readonly onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const disarming = useAct(['tenants', 'sessions'], onClose);
  const { waitS } = disarming;
  return (
    <ActForm
      title={`Disarm ${tenant.id}`}
      submit={waitS > 0 ? `Wait ${waitS} s` : 'Disarm'}
      look="danger"
      block={disarmBlock({ tenant: tenant.id, typed, reason, waitS })}
      act={disarming}
      onSubmit={() => void disarming.act(api.disarm(tenant.id, { reason: reason.trim(), confirm_tenant_id: typed }))}
      onClose={onClose}
      says={
        <p>
          <strong>This ends any LIVE remote-support session for this tenant.</strong>
        </p>
      }
    >
      <Field label={`Type ${tenant.id}`} value={typed} onChange={setTyped} mono autoFocus />
      <Field label="Reason" value={reason} onChange={setReason} rows={2} maxLength={500} hint="At least 3 characters; the tenant reads it." />
    </ActForm>
  );
}

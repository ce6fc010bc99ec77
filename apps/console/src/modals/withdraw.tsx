import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { TenantView } from '@argus/protocol/http/shapes.ts';
import { Field } from '../ui/field.tsx';
import { ActForm } from './act-form.tsx';
import { disarmBlock } from './rules.ts';
import { useAct } from './use-act.tsx';

export function WithdrawModal({ tenant, onClose }: { readonly tenant: TenantView; readonly onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const withdrawing = useAct<unknown>(['tenants', 'sessions'], onClose);
  return (
    <ActForm
      title={`Withdraw the consent of ${tenant.id}`}
      submit="Withdraw"
      look="danger"
      block={disarmBlock({ tenant: tenant.id, typed, reason, waitS: withdrawing.waitS })}
      act={withdrawing}
      onSubmit={() => void withdrawing.act(api.withdrawConsent(tenant.id, { reason: reason.trim() }))}
      onClose={onClose}
      says={
        <p>
          <strong>This disarms {tenant.name} and ends any LIVE session at once.</strong> Nothing can be opened there until the tenant signs again.
        </p>
      }
    >
      <Field label={`Type ${tenant.id}`} value={typed} onChange={setTyped} mono autoFocus />
      <Field label="Reason" value={reason} onChange={setReason} rows={2} maxLength={500} hint="At least 3 characters; the tenant reads it." />
    </ActForm>
  );
}

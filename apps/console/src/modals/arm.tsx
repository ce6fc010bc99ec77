import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { TenantView } from '@argus/protocol/http/shapes.ts';
import { Field } from '../ui/field.tsx';
import { ActForm } from './act-form.tsx';
import { ConsentWay } from './consent-way.tsx';
import { armBlock } from './rules.ts';
import { useAct } from './use-act.tsx';

/** Arming vouches for a document: so its id is named, the tenant is typed out, and one says that one has seen it. */
export function ArmModal({ tenant, onClose }: { readonly tenant: TenantView; readonly onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const [document, setDocument] = useState(tenant.consent_document_id ?? '');
  const [vouched, setVouched] = useState(false);
  const arming = useAct(['tenants'], onClose);
  const { waitS } = arming;
  return (
    <ActForm
      title={`Arm ${tenant.id}`}
      submit={waitS > 0 ? `Wait ${waitS} s` : 'Arm'}
      block={armBlock({ tenant: tenant.id, typed, reason, document, vouched, waitS })}
      act={arming}
      onSubmit={() => void arming.act(api.arm(tenant.id, { reason: reason.trim(), confirm_tenant_id: typed, document_id: document }))}
      onClose={onClose}
      says={<p>Opens {tenant.name} for sessions, for 30 days at most. The tenant’s log says that you did, and why.</p>}
    >
      <ConsentWay problem={arming.problem} tenant={tenant.id} />
      <Field label={`Type ${tenant.id}`} value={typed} onChange={setTyped} mono autoFocus />
      <Field label="Reason" value={reason} onChange={setReason} rows={2} maxLength={500} hint="At least 3 characters; the tenant reads it." />
      <Field label="Signed document" value={document} onChange={setDocument} mono hint="Has to be the one on record." />
      <label className="tick">
        <input type="checkbox" checked={vouched} onChange={(event) => setVouched(event.target.checked)} />
        <span>I have the signed document before me, and it allows remote support.</span>
      </label>
    </ActForm>
  );
}

import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { RecordConsent, TenantShown } from '@argus/protocol/http/shapes.ts';
import { ActForm } from '../modals/act-form.tsx';
import { useAct } from '../modals/use-act.tsx';
import { effectOf, standing, unmovedBy } from './effect.ts';
import type { CheckedReceipt } from './receipt-check.ts';
import { widerThan } from './wider.ts';
import { WrittenFacts } from './written.tsx';

type ReviewProps = { readonly tenant: TenantShown; readonly body: RecordConsent; readonly receipt: CheckedReceipt | null; readonly onDone: () => void; readonly onClose: () => void };

/** All that will be written, read once more before it is. */
export function Review({ tenant, body, receipt, onDone, onClose }: ReviewProps) {
  const recording = useAct<unknown>(['tenants', 'sessions'], onDone);
  const unmoved = receipt ? null : unmovedBy(tenant);
  const [lookedAt] = useState(() => standing(tenant));
  const block = standing(tenant) === lookedAt ? null : 'What is on record for this tenant changed while you looked. Close this, and look it over again.';
  const wider = widerThan(tenant, { body, receipt });
  return (
    <ActForm
      title={`Record the consent of ${tenant.id}`}
      submit="Record it"
      look={tenant.armed ? 'danger' : 'main'}
      block={recording.busy ? null : block}
      act={recording}
      onSubmit={() => void recording.act(api.recordConsent(tenant.id, body))}
      onClose={onClose}
      says={<p className={tenant.armed ? 'note' : undefined}>{effectOf(tenant)}</p>}
    >
      {block === null || recording.busy ? null : <p className="note note-bad" role="alert">{block}</p>}
      {unmoved === null ? null : <p className="note">{unmoved}</p>}
      {wider.length === 0 ? null : <p className="note">It goes further than <bdi>{tenant.consent_document_id}</bdi>: {wider.join('; ')}.</p>}
      <div tabIndex={0} role="region" aria-label="What will be written">
        <WrittenFacts body={body} receipt={receipt} />
      </div>
      <p className="muted">It stands in the tenant’s log under your name, for good.</p>
    </ActForm>
  );
}

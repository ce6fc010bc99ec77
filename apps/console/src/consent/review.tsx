import * as api from '@argus/client/requests.ts';
import type { RecordConsent, TenantShown } from '@argus/protocol/http/shapes.ts';
import { ActForm } from '../modals/act-form.tsx';
import { useAct } from '../modals/use-act.tsx';
import { effectOf, unmovedBy } from './effect.ts';
import type { CheckedReceipt } from './receipt-check.ts';
import { WrittenFacts } from './written.tsx';

type ReviewProps = { readonly tenant: TenantShown; readonly body: RecordConsent; readonly receipt: CheckedReceipt | null; readonly onDone: () => void; readonly onClose: () => void };

/** All that will be written, read once more before it is. */
export function Review({ tenant, body, receipt, onDone, onClose }: ReviewProps) {
  const recording = useAct<unknown>(['tenants', 'sessions'], onDone);
  const unmoved = receipt ? null : unmovedBy(tenant);
  return (
    <ActForm
      title={`Record the consent of ${tenant.id}`}
      submit="Record it"
      look={tenant.armed ? 'danger' : 'main'}
      act={recording}
      onSubmit={() => void recording.act(api.recordConsent(tenant.id, body))}
      onClose={onClose}
      says={<p className={tenant.armed ? 'note' : undefined}>{effectOf(tenant)}</p>}
    >
      {unmoved === null ? null : <p className="note">{unmoved}</p>}
      <WrittenFacts body={body} receipt={receipt} />
      <p className="muted">It stands in the tenant’s log under your name, for good.</p>
    </ActForm>
  );
}

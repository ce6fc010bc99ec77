import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { ReconciliationView } from '@argus/protocol/http/reconciliation.ts';
import { now } from '../adapters/clock.ts';
import { Choices } from '../ui/choices.tsx';
import { ActForm } from './act-form.tsx';
import { useAct } from './use-act.tsx';

const HOUR_MS = 3_600_000;
const SPANS = { hour: ['The last hour', HOUR_MS], day: ['The last 24 hours', 24 * HOUR_MS], week: ['The last 7 days', 7 * 24 * HOUR_MS], month: ['The last 30 days', 30 * 24 * HOUR_MS] } as const;
type Span = keyof typeof SPANS;

/** The server answers when it is done, and how far it is is not to be had: a bar without an end says that it works. */
export function RunAuditModal({ onClose }: { readonly onClose: () => void }) {
  const [span, setSpan] = useState<Span>('day');
  const auditing = useAct<ReconciliationView>(['events', 'alerts'], onClose);
  return (
    <ActForm
      title="Audit now"
      submit="Audit"
      act={auditing}
      onSubmit={() => void auditing.act(api.reconcile({ from: new Date(now() - SPANS[span][1]).toISOString() }))}
      onClose={onClose}
      says={<p>The audit, the events and the log are written together. All three are read again and compared, row by row, and the log is held against its signed checkpoints. That you asked is on record.</p>}
    >
      <Choices legend="Of which time" value={span} onChange={setSpan} options={Object.entries(SPANS).map(([key, [says]]) => [key as Span, says] as const)} />
      {auditing.busy ? (
        <div className="progress" role="status">
          <progress aria-label="Auditing" />
          <span className="muted">Reading and comparing. A busy month takes some ten seconds.</span>
        </div>
      ) : null}
    </ActForm>
  );
}

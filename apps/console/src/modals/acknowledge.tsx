import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { AlertView } from '@argus/protocol/http/alerts.ts';
import { Field } from '../ui/field.tsx';
import { ActForm } from './act-form.tsx';
import { isReason } from './rules.ts';
import { useAct } from './use-act.tsx';

export function AcknowledgeModal({ alert, onClose }: { readonly alert: AlertView; readonly onClose: () => void }) {
  const [reason, setReason] = useState('');
  const acknowledging = useAct(['alerts'], onClose);
  return (
    <ActForm
      title="Acknowledge"
      submit="Acknowledge"
      block={isReason(reason) ? null : 'Say in at least 3 characters why it needs nothing more.'}
      act={acknowledging}
      onSubmit={() => void acknowledging.act(api.acknowledgeAlert(alert.id, { reason: reason.trim() }))}
      onClose={onClose}
      says={<p className="wrap-anywhere">{alert.says}</p>}
    >
      <Field label="Why that is enough" value={reason} onChange={setReason} rows={2} maxLength={500} autoFocus />
    </ActForm>
  );
}
